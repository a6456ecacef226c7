package main

import (
	"bytes"
	"context"
	"flag"
	"image"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
)

// TestMain lets the test binary be the program, for tests that need a process of it.
func TestMain(m *testing.M) {
	isWorker := len(os.Args) == 2 && os.Args[1] == "decode" // its environment is empty
	if !isWorker {                                          // a worker may open no files
		wasmtest.KeepTranslations()
	}
	if os.Getenv("IMGORIGIN_TEST_AS_MAIN") != "" || isWorker {
		main()
		return
	}
	// Tests that run beside each other wait most of the time. Without this, no more of them would run at once than there are processors.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// An output collects what a program under test writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// await waits until the output matches a pattern, and returns its first group.
func (o *output) await(t testing.TB, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if found := re.FindStringSubmatch(o.String()); found != nil {
			return found[1]
		}
	}
	t.Fatalf("no output matches %s: %s", pattern, o)
	return ""
}

// patience is how long a test waits for what depends on other processes: a busy machine may take a minute to start one, and an
// event may be deferred for another.
const patience = 3 * time.Minute

// program runs a command within the test process until the test ends, and returns the address that it listens on.
func program(t *testing.T, args ...string) (address string, stop func() error) {
	t.Helper()
	return programAt(t, "127.0.0.1:0", args...)
}

func programAt(t *testing.T, listen string, args ...string) (address string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out output
	ended := make(chan error, 1)
	if args[0] == "serve" {
		args = append(args, "--admin-listen", "127.0.0.1:0")
	}
	go func() { ended <- run(ctx, append(args, "--listen", listen), os.Getenv, &out) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", args[0], out.String())
		}
	})
	pattern := `"addr":"([^"]+)"`
	if args[0] == "dev" {
		pattern = `on http://([^/]+)/`
	}
	return "http://" + out.await(t, pattern), stop
}

func get(t *testing.T, address string) (*http.Response, []byte) {
	t.Helper()
	return getAs(t, address, "*/*")
}

// getAs is get with a header Accept.
func getAs(t *testing.T, address, accept string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func wantSize(t *testing.T, address string, width, height int) *http.Response {
	t.Helper()
	response, body := get(t, address)
	m, _, err := image.DecodeConfig(bytes.NewReader(body))
	if response.StatusCode != 200 || err != nil || m.Width != width || m.Height != height {
		t.Errorf("%s: got %s, %d×%d, %v, want %d×%d", address, response.Status, m.Width, m.Height, err, width, height)
	}
	return response
}

func runOutput(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, func(string) string { return "" }, &out); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

// countFiles returns the number of files in a folder and below, except for those that a store in it is writing.
func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case !d.IsDir():
			n++
		case d.Name() == ".tmp" && path != dir:
			return fs.SkipDir
		}
		return nil
	})
	return n
}

// process runs a command in a process of its own until the test ends.
func process(t testing.TB, env []string, args ...string) (*exec.Cmd, *output) {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(executable, args...)
	command.Env = append(append(os.Environ(), "IMGORIGIN_TEST_AS_MAIN=1"), env...)
	out := new(output)
	command.Stdout, command.Stderr = out, out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	return command, out
}

func writeFile(t testing.TB, name string, body []byte) {
	t.Helper()
	if err := os.WriteFile(name, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until a condition is true that depends on other processes.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: never happened", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
