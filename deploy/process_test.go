package deploy

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// A process is a program that a test runs.
type process struct {
	cmd  *exec.Cmd
	once sync.Once

	mu  sync.Mutex
	log bytes.Buffer
}

// run starts a program, which is stopped when the test ends. Its output is logged if the test fails.
func run(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s:\n%s", name, p.output())
		}
	})
	return p
}

// stop interrupts the program, so that nginx stops its workers and serve finishes its requests, and waits for its end.
func (p *process) stop() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(os.Interrupt)
		_ = p.cmd.Wait() // the status of an interrupted program does not matter
	})
}

// Write implements [io.Writer] for the output of the program.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// freeAddr returns a loopback address that is free now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// patience is how long a test waits for what other processes do, on a machine that may be busy.
const patience = 2 * time.Minute

// await sends requests until a server answers with a status.
func await(t *testing.T, url string, status int) {
	t.Helper()
	for ctx := within(t, patience); ; {
		r, err := http.Get(url)
		if err == nil {
			r.Body.Close()
			if r.StatusCode == status {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v, %v", url, r, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// within returns a context that ends after d, or with the test.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
