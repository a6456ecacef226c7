package plan

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
)

// run runs the command with arguments.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	parser, err := kong.New(new(Command), settings.Options()...)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	if err := settings.CheckRanges(command.Flags()); err != nil {
		return err
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	return command.Run()
}

func runOutput(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

func writeFile(t *testing.T, name string, body []byte) {
	t.Helper()
	must(t, os.WriteFile(name, body, 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
