package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestDevSamples(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	wantSize(t, address+"/img/lighthouse.jpg?w=300", 300, 400)
	wantSize(t, address+"/img/mountains.jpg?w=480", 480, 320)
	wantSize(t, address+"/img/orbit.gif?w=160", 160, 160)
	wantSize(t, address+"/img/badge.png?w=100&blur=2", 100, 100)
}

// The images of a folder are served, a changed file shows at once, and the next process finds the variants of this one.
func TestDevFolder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	folder := t.TempDir()
	save := func(name string, w, h int) {
		t.Helper()
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, resizetest.JPEG(resizetest.Photo(w, h), 80))
	}
	save("holiday/a cat.jpg", 400, 300)
	address, stop := program(t, "dev", folder)
	cat := address + "/img/holiday/a%20cat.jpg?w=333"
	wantSize(t, cat, 333, 250)
	save("holiday/a cat.jpg", 300, 400)
	wantSize(t, cat, 300, 400)
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	address, _ = program(t, "dev", folder)
	cat = address + "/img/holiday/a%20cat.jpg?w=333"
	if got := wantSize(t, cat, 300, 400).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("after a restart: got Cache-Status %q", got)
	}
	if err := os.Remove(filepath.Join(folder, "holiday/a cat.jpg")); err != nil {
		t.Fatal(err)
	}
	if response, _ := get(t, cat); response.StatusCode != 404 {
		t.Errorf("after its deletion: got %s, want 404", response.Status)
	}
}

// Quality and progression are settings of the process.
func TestEncodingSettings(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // the second process finds nothing of the first
	var sizes []int
	for _, args := range [][]string{{"dev"}, {"dev", "--progressive", "--format-quality", "jpeg=20"}} {
		address, _ := program(t, args...)
		_, body := get(t, address+"/img/mountains.jpg?w=640&fm=jpeg")
		h, err := resize.ProbeBytes(body)
		if err != nil || h.Progressive != (len(args) > 1) {
			t.Errorf("%v: got %+v, %v", args, h, err)
		}
		sizes = append(sizes, len(body))
	}
	if sizes[1] > sizes[0]/2 {
		t.Errorf("got %d bytes at quality 20, %d at that of the format", sizes[1], sizes[0])
	}
}

// A site whose name resolves to this machine reads nothing: neither images nor what operators see.
func TestDevForeignNames(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	for _, path := range []string{"/img/mountains.jpg?w=480", "/info/mountains.jpg", "/metrics", "/debug/state", "/", "/healthz"} {
		for host, want := range map[string]int{"evil.example": http.StatusForbidden, "localhost": http.StatusOK, "": http.StatusOK} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("%s under %q: got %s, want %d", path, host, response.Status, want)
			}
		}
	}
}

// A folder without images is served, and that is said.
func TestDevEmptyFolder(t *testing.T) {
	_, out := process(t, nil, "dev", t.TempDir(), "--cache", "none", "--listen", "127.0.0.1:0")
	out.await(t, `(There is no image in it yet)`)
}

// Ctrl+C ends dev without an error even if a client still waits: nothing is lost.
func TestDevEndsWithRequestInFlight(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked); <-done }))
	defer hanging.Close()
	defer close(done)
	address, stop := program(t, "dev", "--cache", "none", "--passthrough", hanging.URL)
	go http.Get(address + "/page")
	<-asked
	if err := stop(); err != nil {
		t.Errorf("got %v", err)
	}
}
