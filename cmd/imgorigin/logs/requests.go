package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/terminal"
)

// A requestLog is a log for people who watch a terminal: it prints a short line for each request, as in
//
//	11:20:31 200 GET /img/cat.jpg w=480.webp 23.4 KiB 12ms fill
//
// and leaves other records to another handler.
type requestLog struct {
	slog.Handler
	w        io.Writer
	hasColor bool
}

// ForPeople returns a log of that kind, of a level and those above it.
func ForPeople(w io.Writer, level string) *slog.Logger {
	locked := &lockedWriter{w: w}
	return slog.New(requestLog{newLogger(locked, level, "text").Handler(), locked, terminal.HasColor(w)})
}

// Handle implements [slog.Handler].
func (l requestLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Message != "request" {
		return l.Handler.Handle(ctx, r)
	}
	attrs := make(map[string]slog.Value)
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value
		return true
	})
	_, err := io.WriteString(l.w, l.line(r.Time, attrs))
	return err
}

// WithAttrs implements [slog.Handler]. The lines of requests have no further attributes.
func (l requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	l.Handler = l.Handler.WithAttrs(attrs)
	return l
}

// WithGroup implements [slog.Handler].
func (l requestLog) WithGroup(name string) slog.Handler {
	l.Handler = l.Handler.WithGroup(name)
	return l
}

// line returns the line of a request with the attributes that a server logs.
func (l requestLog) line(at time.Time, attrs map[string]slog.Value) string {
	words := []string{
		at.Format(time.TimeOnly), l.status(attrs["status"].Int64()), attrs["method"].String(), attrs["path"].String(),
	}
	if transform := attrs["transform"].String(); transform != "" {
		words = append(words, transform)
	}
	words = append(words, terminal.FormatBytes(attrs["bytes"].Int64()), attrs["dur"].Duration().Round(100*time.Microsecond).String())
	if source := attrs["source"].String(); source != "" {
		words = append(words, source)
	}
	for _, name := range []string{"ignored", "note"} {
		if value, ok := attrs[name]; ok {
			words = append(words, name+": "+strconv.Quote(value.String()))
		}
	}
	if err, ok := attrs["err"]; ok {
		words = append(words, strconv.Quote(err.String()))
	}
	return strings.Join(words, " ") + "\n"
}

// status returns a status in the colour of its class.
func (l requestLog) status(code int64) string {
	if !l.hasColor {
		return strconv.FormatInt(code, 10)
	}
	color := map[int64]int{2: 32, 3: 36, 4: 33, 5: 31}[code/100]
	return fmt.Sprintf("\x1b[%dm%d\x1b[0m", color, code)
}
