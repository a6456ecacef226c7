package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestEdge(t *testing.T) {
	if got := runOutput(t, "edge"); !strings.Contains(got, "function handler") || len(got) > 10<<10 {
		t.Errorf("got %d bytes: %.200s", len(got), got)
	}
	got := runOutput(t, "edge", "--formats", "jpeg,webp", "--test-url", "https://x.cloudfront.net/img/a%20b.jpg?w=400&q=80&utm=1")
	if got != "/v/a%20b.jpg/w=480,q=75.webp\n" {
		t.Errorf("got %s", got)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"edge", "--test-url", "/img/a.jpg?w=abc"}, func(string) string { return "" }, &out)
	if !errors.Is(err, exitCode(1)) || !strings.Contains(out.String(), "400 w: got") {
		t.Errorf("got %v, %s", err, &out)
	}
}
