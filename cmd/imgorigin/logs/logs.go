// Package logs makes the logger of a process.
//
//	record ─► long values are shortened ─► json, text, or a short line for each request ─► [Batched] ─► standard output
package logs

import (
	"io"
	"log/slog"
	"sync"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
)

// New returns a log that writes to w the records of a level and of those above it: debug, info, warn or error. The format is json,
// text, or auto, which is that of [ForPeople] on a terminal and json elsewhere.
func New(w io.Writer, level, format string) *slog.Logger {
	switch {
	case format != "auto":
		return newLogger(w, level, format)
	case terminal.Is(w):
		return ForPeople(w, level)
	}
	return newLogger(w, level, "json")
}

// newLogger returns a log in a format, json or text. Warnings of one that goes to a Batched are written at once.
func newLogger(w io.Writer, level, format string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		panic(err) // kong has checked the enum
	}
	options := &slog.HandlerOptions{Level: least}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	if batched, ok := w.(*Batched); ok {
		handler = promptHandler{handler, batched}
	}
	return slog.New(shortHandler{handler})
}

// Locked returns a writer to w that goroutines can share.
func Locked(w io.Writer) io.Writer { return &lockedWriter{w: w} }

// A lockedWriter is a writer that goroutines can share.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
