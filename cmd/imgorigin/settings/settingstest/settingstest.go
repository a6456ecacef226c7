// Package settingstest runs commands with arguments, as the main package does, for the tests of the packages that have them.
package settingstest

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

// Parse sets the fields of a struct of flags, or of a command, from arguments.
func Parse(flags any, args []string) (*kong.Context, error) {
	parser, err := kong.New(flags, settings.Options()...)
	if err != nil {
		return nil, err
	}
	return parser.Parse(args)
}

// Run parses arguments into a command, checks the ranges of its flags, and runs it.
func Run(ctx context.Context, command any, args []string, stdout io.Writer) error {
	parsed, err := Parse(command, args)
	if err != nil {
		return err
	}
	if err := settings.CheckRanges(parsed.Flags()); err != nil {
		return err
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.BindTo(stdout, (*io.Writer)(nil))
	parsed.Bind(parsed.Flags())
	return parsed.Run()
}

// Output runs a command, which must succeed, and returns what it prints.
func Output(t *testing.T, command any, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := Run(t.Context(), command, args, &out); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}
