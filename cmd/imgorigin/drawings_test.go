package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
)

// Drawings are warmed, here and in processes without access to files, and then answered from the store. One that is refused ends
// neither. It takes seconds, as each process translates the module that draws: it is skipped without IMGORIGIN_TEST_HOSTILE.
func TestDrawingsAreWarmed(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_HOSTILE") == "" {
		t.Skip("IMGORIGIN_TEST_HOSTILE is not set")
	}
	if !resize.NewEngine(resize.EngineConfig{Codecs: build.Codecs(), SVG: true}).Decodes(resize.SVG) {
		t.Skip("this build draws none")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one process, so that the module is translated once
	originals := t.TempDir()
	const root = `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="12">`
	writeFile(t, filepath.Join(originals, "icon.svg"), []byte(root+`<script>alert(1)</script><image href="/etc/passwd"/><rect width="24" height="12"/></svg>`))
	writeFile(t, filepath.Join(originals, "half.svg"), []byte(root+`<g><rect`))
	for _, isolate := range [][]string{nil, {"--isolate"}} {
		variants := t.TempDir()
		settings := append([]string{"--originals", originals, "--variants", variants, "--svg", "draw"}, isolate...)
		var out bytes.Buffer
		warm := append([]string{"warm", "--warm", "w=160,320&fm=png"}, settings...)
		err := run(t.Context(), warm, func(string) string { return "" }, &out)
		if !errors.Is(err, usage.ExitCode(1)) || !strings.Contains(out.String(), `"failed":1,"variants":2`) || !strings.Contains(out.String(), `"original":"half.svg"`) {
			t.Errorf("%v: got %v, %s, want two variants and a drawing that is not whole", isolate, err, &out)
		}
		address, stop := program(t, append([]string{"serve"}, settings...)...)
		response := wantSize(t, address+"/img/icon.svg?w=160&fm=png", 160, 80)
		if status := response.Header.Get("Cache-Status"); !strings.Contains(status, "detail=store") {
			t.Errorf("%v: got %s, want the variant from the store", isolate, status)
		}
		must(t, stop())
	}
}
