package main

import (
	"io"
	"log/slog"
)

type logFlags struct {
	LogLevel string `group:"observability" default:"info" enum:"debug,info,warn,error" help:"Lowest level that is logged: debug, info, warn or error."`
}

// logger returns a log in a format, json or text.
func (f logFlags) logger(w io.Writer, format string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		panic(err) // kong has checked the enum
	}
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
