package main

import (
	"io"
	"log/slog"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

// newLogger returns a log in a format, json or text. Warnings of one that goes to a batchedLog are written at once.
func newLogger(f settings.LogFlags, w io.Writer, format string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		panic(err) // kong has checked the enum
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	if batched, ok := w.(*batchedLog); ok {
		handler = promptHandler{handler, batched}
	}
	return slog.New(shortHandler{handler})
}
