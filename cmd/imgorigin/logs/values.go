package logs

import (
	"context"
	"log/slog"
	"strings"
)

// maxLogValue bounds a value in a log, in bytes. It has room for the longest URL that CloudFront sends, and for a stack.
const maxLogValue = 16 << 10

// A shortHandler truncates long values of records. Clients control some of them: a URL can have tens of kilobytes, and a message to
// the webhook a megabyte, each control character of which takes five bytes in the log.
type shortHandler struct{ slog.Handler }

// Handle implements [slog.Handler]. It allocates only for a record with such a value.
func (h shortHandler) Handle(ctx context.Context, r slog.Record) error {
	hasLong := false
	r.Attrs(func(a slog.Attr) bool {
		hasLong = isLong(a.Value)
		return !hasLong
	})
	if !hasLong {
		return h.Handler.Handle(ctx, r)
	}
	short := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if isLong(a.Value) {
			a.Value = slog.StringValue(strings.ToValidUTF8(textOf(a.Value)[:maxLogValue], "") + "…")
		}
		short.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, short)
}

func isLong(v slog.Value) bool { return len(textOf(v)) > maxLogValue }

// textOf returns the text of a value that clients can influence: a string, or an error.
func textOf(v slog.Value) string {
	if v.Kind() == slog.KindString {
		return v.String()
	}
	if v.Kind() != slog.KindAny { // Any would allocate for a number
		return ""
	}
	if err, ok := v.Any().(error); ok && err != nil {
		return err.Error()
	}
	return ""
}

// WithAttrs implements [slog.Handler].
func (h shortHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return shortHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h shortHandler) WithGroup(name string) slog.Handler {
	return shortHandler{h.Handler.WithGroup(name)}
}
