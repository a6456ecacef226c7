package server

import (
	"bytes"
	"context"
	"image"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
)

// avifEngine writes something with the signature of AVIF, after it has called slow.
func avifEngine(slow func()) resize.Engine {
	encode := func(format string) func(image.Image, resize.Encoding) ([]byte, error) {
		return func(m image.Image, o resize.Encoding) ([]byte, error) {
			if format == "avif" {
				slow()
				return []byte("\x00\x00\x00\x1cftypavif"), nil
			}
			return []byte("RIFF\x00\x00\x00\x00WEBPVP8  an image, of some more bytes"), nil
		}
	}
	return resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{
		{Format: resize.AVIF, Encode: encode("avif")}, {Format: resize.WebP, Encode: encode("webp")},
	}})
}

// A browser that accepts AVIF gets WebP at once and AVIF later; both come from one decode.
func TestNoRequestWaitsForAVIF(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	finish := make(chan struct{})
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: 1e12, Drafts: avifDrafts,
		Engine: avifEngine(func() { <-finish })})
	const accept = "image/avif,image/webp,*/*"
	first := o.get("/img/cat.jpg?w=480", "Accept", accept)
	if got := first.Header; got.Get("Content-Type") != "image/webp" || got.Get("Cache-Control") != "public, max-age=10" ||
		got.Get("Vary") != "Accept" {
		t.Errorf("at first: got %s, %s, Vary %s", got.Get("Content-Type"), got.Get("Cache-Control"), got.Get("Vary"))
	}
	again := o.get("/img/cat.jpg?w=480", "Accept", accept)
	if got := again.Header.Get("Content-Type"); got != "image/webp" || !bytes.Equal(first.body, again.body) {
		t.Errorf("meanwhile: got %s", got)
	}
	close(finish)
	o.settle()
	if err := o.fills.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	later := o.get("/img/cat.jpg?w=480", "Accept", accept)
	if got := later.Header; got.Get("Content-Type") != "image/avif" || got.Get("Cache-Control") == "public, max-age=10" ||
		got.Get("ETag") == first.Header.Get("ETag") {
		t.Errorf("later: got %s, %s, %s", got.Get("Content-Type"), got.Get("Cache-Control"), got.Get("ETag"))
	}
	if got := o.metric(`imgorigin_finals_total{result="made"}`); got != 1 {
		t.Errorf("got %v finals, want 1", got)
	}
}

// An AVIF that is larger than the WebP is not kept: the WebP is answered for good, and no AVIF is made again, by this process
// or by another.
func TestLargerAVIFIsNotKept(t *testing.T) {
	encodes := 0
	engine := resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{
		{Format: resize.AVIF, Encode: func(image.Image, resize.Encoding) ([]byte, error) {
			encodes++
			return []byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00 an image of more bytes"), nil
		}},
		{Format: resize.WebP, Encode: func(image.Image, resize.Encoding) ([]byte, error) {
			return []byte("RIFF\x00\x00\x00\x00WEBPVP8  an image"), nil
		}},
	}})
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	config := Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never, MaxAge: 1e12, Drafts: avifDrafts, Engine: engine}
	for range 2 {
		o := start(t, config)
		for range 3 {
			o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp")
			o.settle()
		}
		got := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp").Header
		if got.Get("Content-Type") != "image/webp" || got.Get("Cache-Control") == "public, max-age=10" {
			t.Errorf("got %s, %s", got.Get("Content-Type"), got.Get("Cache-Control"))
		}
	}
	if encodes != 1 {
		t.Errorf("got %d AVIFs made, want 1", encodes)
	}
}

// Thousands of requests may be answered while an AVIF is made. They leave nothing behind that waits for it.
func TestUpgradesAreNotQueued(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	finish := make(chan struct{})
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, Drafts: avifDrafts,
		Engine: avifEngine(func() { <-finish })})
	ask := func() {
		t.Helper()
		if got := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp").Header.Get("Content-Type"); got != "image/webp" {
			t.Errorf("meanwhile: got %s", got)
		}
	}
	ask()
	before := runtime.NumGoroutine()
	for range 500 {
		ask()
	}
	if more := runtime.NumGoroutine() - before; more > 20 {
		t.Errorf("500 requests left %d goroutines", more)
	}
	close(finish)
	o.settle()
	if got := o.metric(`imgorigin_finals_total{result="made"}`); got != 1 {
		t.Errorf("got %v finals, want 1", got)
	}
}

// The edge function negotiates and requests a path: its clients don't wait either.
func TestNoRequestWaitsForAVIFBehindTheEdge(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	finish := make(chan struct{})
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: 1e12, Drafts: avifDrafts,
		Engine: avifEngine(func() { <-finish })})
	first := o.get("/v/cat.jpg/w=480.avif")
	if got := first.Header; got.Get("Content-Type") != "image/webp" || got.Get("Cache-Control") != "public, max-age=10" {
		t.Errorf("at first: got %s, %s", got.Get("Content-Type"), got.Get("Cache-Control"))
	}
	close(finish)
	o.settle()
	if err := o.fills.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := o.get("/v/cat.jpg/w=480.avif").Header; got.Get("Content-Type") != "image/avif" ||
		got.Get("Cache-Control") == "public, max-age=10" {
		t.Errorf("later: got %s, %s", got.Get("Content-Type"), got.Get("Cache-Control"))
	}
}

// Requests wait for an AVIF that is small, or that they ask for by name.
func TestSomeWaitForAVIF(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, Drafts: avifDrafts, Engine: avifEngine(func() {})})
	for _, path := range []string{"/img/cat.jpg?w=160", "/img/cat.jpg?w=640&fm=avif", "/v/cat.jpg/w=160.avif"} {
		if got := o.get(path, "Accept", "image/avif").Header.Get("Content-Type"); got != "image/avif" {
			t.Errorf("%s: got %s", path, got)
		}
	}
	if got := o.metric(`imgorigin_finals_total{result="made"}`); got != 0 {
		t.Errorf("got %v finals, want 0", got)
	}
}

// An AVIF that can't be made is not tried again for every request that gets its stand-in.
func TestFailedUpgradesAreRemembered(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	var attempts atomic.Int64
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: time.Hour, Drafts: avifDrafts,
		Engine: avifEngine(func() { attempts.Add(1); panic("the encoder fails") })})
	for range 4 {
		response := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp")
		if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "image/webp" {
			t.Errorf("got %s, %s, want WebP", response.Status, got)
		}
		o.settle()
	}
	if got := attempts.Load(); got != 1 {
		t.Errorf("got %d attempts at the AVIF for four requests, want 1", got)
	}
	if got := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp").Header.Get("Cache-Control"); got == draftAge {
		t.Errorf("got %s: the WebP is no draft any more", got)
	}
}

// avifDrafts has drafts of AVIFs, of large ones in WebP.
var avifDrafts = Drafts{Formats: []resize.Format{resize.AVIF}, AVIFWait: 50_000}

// A WebP that is the draft of an AVIF is not an answer to a request for AVIF by name, which gets a draft in AVIF.
func TestAVIFByNameIsNoWebP(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	drafts := avifDrafts
	drafts.Delay = time.Hour
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: 1e12, Drafts: drafts, Engine: avifEngine(func() {})})
	for _, test := range []struct{ query, mediaType string }{
		{"w=480", "image/webp"}, {"w=480&fm=avif", "image/avif"}, {"w=480", "image/avif"},
	} {
		got := o.get("/img/cat.jpg?"+test.query, "Accept", "image/avif,image/webp").Header
		if got.Get("Content-Type") != test.mediaType || got.Get("Cache-Control") != "public, max-age=10" {
			t.Errorf("%s: got %s, %s, want %s", test.query, got.Get("Content-Type"), got.Get("Cache-Control"), test.mediaType)
		}
	}
}

// An AVIF that failed when it was asked for by name says nothing of the WebP that others get in its place.
func TestFailedAVIFByNameHasADraft(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	drafts := avifDrafts
	drafts.Delay = time.Hour
	o := start(t, Config{Originals: a, Memory: 1 << 20, Revalidate: Never, MaxAge: time.Hour, Drafts: drafts,
		Engine: avifEngine(func() { panic("the encoder fails") })})
	if got := o.get("/img/cat.jpg?w=480&fm=avif"); got.StatusCode < 400 {
		t.Fatalf("by name: got %s", got.Status)
	}
	got := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp")
	if mediaType := got.Header.Get("Content-Type"); got.StatusCode != http.StatusOK || mediaType != "image/webp" {
		t.Errorf("negotiated: got %s, %s, want the WebP", got.Status, mediaType)
	}
}

// What was warmed in WebP is the draft of an AVIF, without a look into the original's body.
func TestWarmedWebPIsADraft(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(800, 600, 1))
	drafts := avifDrafts
	drafts.Delay = time.Hour
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, MaxAge: 1e12, Drafts: drafts, Engine: avifEngine(func() {})})
	if _, _, err := o.Warm(t.Context(), "cat.jpg", []resize.Transform{{Width: 480, Format: resize.WebP}}); err != nil {
		t.Fatal(err)
	}
	opens := a.opens.Load()
	got := o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp").Header
	if got.Get("Content-Type") != "image/webp" || got.Get("Cache-Control") != "public, max-age=10" || a.opens.Load() != opens {
		t.Errorf("got %s, %s, %d more opens", got.Get("Content-Type"), got.Get("Cache-Control"), a.opens.Load()-opens)
	}
	a.put("cat.jpg", photo(800, 600, 7))
	o.get("/img/cat.jpg?w=640", "Accept", "image/avif,image/webp") // finds that it has changed, and forgets the others
	o.get("/img/cat.jpg?w=480", "Accept", "image/avif,image/webp")
	_, info, _ := a.get("cat.jpg")
	for k, v := range variantsIn(store) {
		if v.OriginalETag != info.ETag {
			t.Errorf("%s is stored of the old original", k)
		}
	}
}
