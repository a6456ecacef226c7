package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/wasm/wasmtest"
)

// Drawings are answered as other images are, in any size, if that is set; otherwise with a 415 that says what to set.
func TestDrawings(t *testing.T) {
	if testing.Short() {
		t.Skip("translates the module")
	}
	wasmtest.KeepTranslations()
	engine := resize.NewEngine(resize.EngineConfig{Codecs: wasm.Codecs(), SVG: true})
	if !engine.Decodes(resize.SVG) {
		t.Skip("this build draws none")
	}
	a := newOriginals()
	a.put("icon.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="12"><rect width="24" height="12" fill="red"/></svg>`))
	a.put("text.svgz", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00")) // of gzip
	o := start(t, Config{Originals: a, Store: newStore(), Engine: engine, URLs: URLs{Exact: true}})

	o.get("/img/icon.svg?w=640&fm=png").want(t, http.StatusOK, 640, 320)
	o.get("/img/icon.svg?fm=png").want(t, http.StatusOK, 24, 12)
	o.get("/img/icon.svg?w=8000&fm=png").want(t, http.StatusOK, 4096, 2048)
	info := o.get("/info/icon.svg").info(t)
	if info.Format != resize.SVG || info.Width != 24 || info.Height != 12 || info.Drawn != (resize.Size{Width: 4096, Height: 2048}) ||
		info.DominantColor != "#ff0000" {
		t.Errorf("got %+v", info)
	}
	if n := len(info.Srcset); n < 4 || info.Srcset[n-1].Width < 1000 {
		t.Errorf("got %+v, want the widths of the ladder", info.Srcset)
	}
	part := o.get("/info/icon.svg?rect=12,0,12,12").info(t)
	for _, c := range append(info.Srcset[:2], part.Srcset[len(part.Srcset)-1]) {
		o.get(c.URL).want(t, http.StatusOK, c.Width, c.Height)
	}
	if hash := o.get("/img/icon.svg?fm=thumbhash"); hash.StatusCode != http.StatusOK || string(hash.body) != info.ThumbHash {
		t.Errorf("got %s, %q, want %q", hash.Status, hash.body, info.ThumbHash)
	}
	o.get("/img/text.svgz?w=160").want(t, http.StatusUnsupportedMediaType, 0, 0)

	without := start(t, Config{Originals: a})
	if got := without.get("/img/icon.svg?w=160"); got.StatusCode != http.StatusUnsupportedMediaType || !strings.Contains(string(got.body), "--svg=draw") {
		t.Errorf("without the setting: got %s, %q", got.Status, got.body)
	}
}
