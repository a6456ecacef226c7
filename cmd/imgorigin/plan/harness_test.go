package plan

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings/settingstest"
)

// run runs the command with arguments.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	return settingstest.Run(ctx, new(Command), args, stdout)
}

func runOutput(t *testing.T, args ...string) string {
	t.Helper()
	return settingstest.Output(t, new(Command), args...)
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
