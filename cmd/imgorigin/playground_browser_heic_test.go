package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Photos as phones store them, which the browser itself can't show, have a tile, and a page that names their decoder.
func TestBrowserShowsHEIC(t *testing.T) {
	photo, err := os.ReadFile(filepath.Join("..", "..", "resize", "vips", "testdata", "photo.heic"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "photo.heic"), photo)
	writeFile(t, filepath.Join(dir, "burst.heic"), resizetest.Sequence(photo, "hevc", 3, 64, 48))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev", dir)
	b := newBrowser(t)
	b.open(address)
	b.await(`document.querySelectorAll('.tile').length === 2 &&
		[...document.querySelectorAll('.tile img')].every(e => e.complete && e.naturalWidth > 0)`)
	b.open(address + "/#/photo.heic")
	b.await(loaded)
	b.await(`['.over img', '.under img'].every(css => document.querySelector(css).naturalWidth > 0)`)
	b.await(`document.querySelector('.original').textContent.includes('image/heic')`)
	if got := eval[string](b, `document.querySelector('.original').textContent`); !strings.Contains(got, ", read by lib") {
		t.Errorf("got %q, want the name of a decoder", got)
	}
	b.shot("heic")
}
