package bench_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/bench"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings/settingstest"
	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
)

// TestMain lets the test binary be another build, which is started as a worker.
func TestMain(m *testing.M) {
	wasmtest.KeepTranslations()
	if os.Getenv("IMGORIGIN_TEST_AS_MAIN") == "" {
		os.Exit(m.Run())
	}
	if len(os.Args) < 2 || os.Args[1] != "bench" {
		fmt.Fprintf(os.Stderr, "got the arguments %q, want the command bench\n", os.Args[1:])
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[2:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run runs the command with arguments.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	return settingstest.Run(ctx, new(bench.Command), args, stdout)
}

func runOutput(t *testing.T, args ...string) string {
	t.Helper()
	return settingstest.Output(t, new(bench.Command), args...)
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
