package main

import (
	"os"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
)

// The codecs of this build work in processes without access to files, too: modules of libvips are loaded before they give
// it up, and WebAssembly is translated to instructions that such a process may execute.
func TestIsolateCodecs(t *testing.T) {
	if testing.Short() {
		t.Skip("translates two modules, which takes seconds with the race detector")
	}
	t.Parallel() // beside tests that mostly wait
	const samples = "../../resize/vips/testdata"
	env := []string{"GOMAXPROCS=1"} // one worker, so that each module is translated once
	_, out := process(t, env, "dev", "--isolate", "--cache", "none", "--listen", "127.0.0.1:0", samples)
	address := "http://" + out.await(t, `on http://([^/]+)/`)
	wantFormat := func(path string, want resize.Format) {
		t.Helper()
		if response, body := get(t, address+"/img/"+path); response.StatusCode != 200 || resize.Detect(body) != want {
			t.Errorf("%s: got %s, %.100q", path, response.Status, body)
		}
	}
	files, err := os.ReadDir(samples)
	if err != nil {
		t.Fatal(err)
	}
	engine, decoded := build.NewEngine(resize.Limits{}), make(map[resize.Format]int)
	for _, file := range files {
		if format := resize.FormatOf(file.Name()); engine.Decodes(format) {
			wantFormat(file.Name()+"?w=16&fm=jpeg", resize.JPEG)
			decoded[format]++
		}
	}
	if decoded[resize.HEIC] < 3 || decoded[resize.AVIF] < 3 {
		t.Errorf("got variants of %v, want some of each HEIC and AVIF", decoded)
	}
	if engine.Encodes(resize.AVIF) {
		wantFormat("large.heic?w=300&q=60&fm=avif", resize.AVIF) // without q, a WebP that is smaller would be written
	}
}
