package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A collector receives OTLP. In its bytes names are readable.
type collector struct {
	*httptest.Server
	mu  sync.Mutex
	got bytes.Buffer
}

func newCollector(t *testing.T) *collector {
	c := new(collector)
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("got %s %v, %v", r.URL, r.Header, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got.Write(body)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got.String()
}

// Requests are traced to --traces, and the last spans are sent at the end.
func TestTraces(t *testing.T) {
	originals, c := t.TempDir(), newCollector(t)
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	address, stop := program(t, "serve", "--originals", originals, "--variants", "none", "--admin-listen", "none",
		"--traces", c.URL, "--trace-ratio", "1")
	wantSize(t, address+"/img/cat.jpg?w=160", 160, 120)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"imgorigin", "deployment.environment.name", "GET /img/*", "original get", "gate wait", "decode", "resize", "encode",
		"imgorigin.transform",
	} {
		if !strings.Contains(c.text(), want) {
			t.Errorf("got no %q in %q", want, c.text())
		}
	}
}

// Without a collector images are served nevertheless, and the log has a warning.
func TestTracesWithoutACollector(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "500")
	command, out := process(t, nil, "dev", "--listen", "127.0.0.1:0", "--traces", gone.URL, "--trace-ratio", "1")
	wantSize(t, strings.TrimSuffix(out.await(t, `on (http://\S+)`), "/")+"/img/mountains.jpg?w=160", 160, 107)
	command.Process.Signal(syscall.SIGTERM)
	if err := command.Wait(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if !strings.Contains(out.String(), "traces not sent") {
		t.Errorf("the log has no warning: %s", out)
	}
}
