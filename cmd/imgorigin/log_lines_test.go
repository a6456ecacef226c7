package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// No request makes a line of the log longer than the request itself, or longer than log tools accept.
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
