package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A URL that was signed for any size is good for other sizes too, on the ladder, where every image has to be signed.
func TestServeAnySize(t *testing.T) {
	folder := t.TempDir()
	writeImage(t, filepath.Join(folder, "cat.jpg"), 800, 600)
	address, _ := program(t, "serve", "--originals", folder, "--variants", "none", "--sign-keys", "k", "--sign-required")
	signed := strings.TrimSpace(runOutput(t, "sign", "--sign-keys", "k", "--for", "1h", "--any-size", "/img/cat.jpg?w=300&fm=jpeg"))
	wantSize(t, address+signed, 320, 240)
	wantSize(t, address+strings.Replace(signed, "w=300", "h=50&dpr=2", 1), 171, 128)
	for _, change := range [][2]string{{"fm=jpeg", "fm=png"}, {"w%2Ch%2Cdpr", "w%2Ch%2Cdpr%2Cfm"}, {"cat.jpg", "dog.jpg"}, {"any=", "x="}} {
		changed := strings.Replace(signed, change[0], change[1], 1)
		if response, _ := get(t, address+changed); changed == signed || response.StatusCode != 403 {
			t.Errorf("%s: got %d, want 403", changed, response.StatusCode)
		}
	}
	explained := runOutput(t, "explain", "--sign-keys", "k", signed)
	if !strings.Contains(explained, "w=320.jpeg") || !strings.Contains(explained, "by the parameter any") {
		t.Errorf("explain: got %s", explained)
	}
}
