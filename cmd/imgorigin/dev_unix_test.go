//go:build unix

package main

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe among the images is not an image, and opening it would wait for ever.
func TestDevNamedPipe(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.jpg"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, _ := program(t, "dev", folder)
	if response, _ := get(t, address+"/img/pipe.jpg?w=100"); response.StatusCode != http.StatusNotFound {
		t.Errorf("got %s, want 404", response.Status)
	}
}
