package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
)

// Nothing that a stranger sends makes a line of the log longer than what was sent, nor longer than tools read.
func TestLogLinesOfStrangersAreShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out output
	ended := make(chan error, 1)
	args := []string{
		"serve", "--originals", t.TempDir(), "--variants", "none", "--hook-token", "secret", "--passthrough", t.TempDir(),
		"--listen", "127.0.0.1:0", "--admin-listen", "none", "--log-format", "json",
	}
	go func() { ended <- run(ctx, args, os.Getenv, &out) }()
	address := out.await(t, `"addr":"([^"]+)"`)

	for _, path := range []string{
		"/img/" + strings.Repeat("\xff", 30_000), "/img/cat.jpg?w=" + strings.Repeat("%01", 10_000), "/v/" + strings.Repeat("%25", 10_000),
		"/info/" + strings.Repeat("a/", 15_000), "/img/" + strings.Repeat("%0A", 1000),
	} {
		sendRaw(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}
	for _, body := range []string{
		`{"Signature":"x","TopicArn":"` + strings.Repeat("\x7f", 1_000_000) + `"}`, `{"Signature":"x","Type":"` + strings.Repeat("\x7f", 1_000_000) + `"}`,
		strings.Repeat("[", 1_000_000),
	} {
		sendRaw(t, address, fmt.Sprintf("POST /hooks/s3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	lines := 0
	for line := range strings.Lines(out.String()) {
		lines++
		if len(line) > 64<<10 {
			t.Errorf("got a line of %d bytes: %.200s", len(line), line)
		}
	}
	if lines < 8 {
		t.Errorf("got %d lines, want one for each request: %.2000s", lines, out.String())
	}
}

// sendRaw sends a request as it is, and reads the answer.
func sendRaw(t *testing.T, address, request string) (answer string) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestShortHandler(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(shortHandler{slog.NewTextHandler(&out, nil)}).With("process", 1).WithGroup("g")
	long := strings.Repeat("é", maxLogValue)
	log.Info("short", "path", "/img/cat.jpg", "status", http.StatusOK, "none", nil)
	log.Warn("long", "path", long, "err", errors.New(long), "status", http.StatusOK)
	lines := strings.SplitAfter(out.String(), "\n")
	if !strings.HasSuffix(lines[0], "process=1 g.path=/img/cat.jpg g.status=200 g.none=<nil>\n") {
		t.Errorf("got %s", lines[0])
	}
	if n := len(lines[1]); n > 2*maxLogValue+200 || strings.Count(lines[1], "…") != 2 || !strings.HasSuffix(lines[1], "g.status=200\n") ||
		!strings.Contains(lines[1], "process=1") {
		t.Errorf("got %d bytes: %.300s", n, lines[1])
	}
	out.Reset()
	if n := testing.AllocsPerRun(100, func() {
		log.LogAttrs(t.Context(), slog.LevelInfo, "request", slog.String("path", "/img/cat.jpg"), slog.Int("status", 200), slog.Duration("dur", 1))
		out.Reset()
	}); n > 0 {
		t.Errorf("a short record allocates %v times", n)
	}
}
