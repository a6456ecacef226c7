package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

// A number out of range is refused with the flag's name, wherever it comes from, before anything starts.
func TestFlagRanges(t *testing.T) {
	originals := t.TempDir()
	for _, test := range []struct{ flag, value, want string }{
		{"--fill-timeout", "-1s", "want 1ms or more"},
		{"--fill-timeout", "0s", "want 1ms or more"},
		{"--gate-wait", "0s", "want 1ms or more"},
		{"--max-age", "-1s", "want 0 or more"},
		{"--max-bytes", "0B", "want 1B or more"},
		{"--max-pixels", "0", "want 1 or more"},
		{"--max-pixels", "-5", "want 1 or more"},
		{"--max-animation-pixels", "-1", "want 1 or more"},
		{"--gate-memory", "0B", "want 1B or more"},
		{"--gate-queue", "-1", "want 1 or more"},
		{"--mezzanine", "-1", "want 0 or more"},
		{"--siblings", "320,-1", "want 0 or more"},
		{"--memory", "-1MiB", "want 0 or more"},
		{"--fills-per-original", "-1", "want 0 or more"},
		{"--drain-time", "-1s", "want 0 or more"},
		{"--trace-ratio", "1.5", "want 1 at most"},
		{"--trace-ratio", "NaN", "want a finite number"},
		{"--trace-ratio", "-Inf", "want a finite number"},
		{"--fallback-status", "99", "want 200 or more"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // so that a command that starts ends at once
		args := []string{"serve", "--originals", originals, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "none"}
		err := run(ctx, append(args, test.flag+"="+test.value), func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.flag) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s=%s: got %v, want %q", test.flag, test.value, err, test.want)
		}
		name := "IMGORIGIN_" + strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(test.flag, "--"), "-", "_"))
		err = run(ctx, args, func(s string) string {
			if s == name {
				return test.value
			}
			return ""
		}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.flag) {
			t.Errorf("%s=%s: got %v, want the flag's name", name, test.value, err)
		}
	}
}

// Words and zeros that stand for none are not taken for lists that are empty.
func TestFlagsForNone(t *testing.T) {
	args := []string{"serve", "--originals", t.TempDir(), "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "none"}
	for _, flag := range []string{"--drafts=off", "--siblings=0", "--fills-per-network=0", "--memory=0", "--revalidate=never", "--warm="} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // so that the server ends as soon as it has started
		if err := run(ctx, append(args, flag), func(string) string { return "" }, io.Discard); err != nil {
			t.Errorf("%s: got %v", flag, err)
		}
	}
}

// The limits of all flags can be read, and every default is within them.
func TestFlagRangesFit(t *testing.T) {
	parser, err := newParser(&environment{getenv: func(string) string { return "" }}, io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range []string{"min", "max"} {
				if flag.Tag.Has(name) {
					checked++
				}
			}
			must(t, flag.Reset())
			if err := settings.CheckRanges([]*kong.Flag{flag}); err != nil {
				t.Errorf("by default: %v", err)
			}
		}
		return next(nil)
	})
	if err != nil || checked < 20 {
		t.Errorf("checked %d limits, %v", checked, err)
	}
}
