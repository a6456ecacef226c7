package server

import (
	"image"
	"sync/atomic"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// An engine that is slow to write AVIF does so for requests that ask for it by name, and for finals. Nobody else waits for it,
// however small the image is.
func TestSlowAVIF(t *testing.T) {
	var avifs atomic.Int64
	writes := func(body string, count *atomic.Int64) func(image.Image, resize.Encoding) ([]byte, error) {
		return func(image.Image, resize.Encoding) ([]byte, error) {
			count.Add(1)
			return []byte(body), nil
		}
	}
	engine := resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{
		{Format: resize.AVIF, Slow: true, Encode: writes("\x00\x00\x00\x1cftypavif", &avifs)},
		{Format: resize.WebP, Encode: writes("RIFF\x00\x00\x00\x00WEBPVP8  an image, of some more bytes", new(atomic.Int64))},
	}})
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	small := avifDrafts
	small.AVIFWait = 1e6
	for _, drafts := range []Drafts{{}, small} {
		o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: 1e12, Drafts: drafts, Engine: engine})
		mediaType := func(url, accept string) string { return o.get(url, "Accept", accept).Header.Get("Content-Type") }
		avifs.Store(0)
		if got := mediaType("/img/cat.jpg?w=160", "image/avif,image/webp"); got != "image/webp" {
			t.Errorf("drafts of %v: got %s at first", drafts.Formats, got)
		}
		if n := avifs.Load(); n != 0 && len(drafts.Formats) == 0 {
			t.Errorf("a request has waited for %d AVIFs", n)
		}
		if got := mediaType("/img/cat.jpg?w=320&fm=avif", "*/*"); got != "image/avif" {
			t.Errorf("drafts of %v: got %s for fm=avif", drafts.Formats, got)
		}
		o.settle()
		want := "image/webp"
		if len(drafts.Formats) > 0 {
			want = "image/avif"
		}
		if got := mediaType("/img/cat.jpg?w=160", "image/avif,image/webp"); got != want {
			t.Errorf("drafts of %v: got %s later, want %s", drafts.Formats, got, want)
		}
	}
}
