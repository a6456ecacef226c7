package server

import (
	"fmt"
	"image"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// Signed URLs may limit the bytes of an image. What doesn't fit is an answer that caches keep, and not tried again.
func TestMaxBytes(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, MaxAge: 24 * time.Hour, URLs: URLs{SignKeys: []string{"k"}}})
	signed := func(query string) answer {
		return o.get("/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query))
	}
	whole := signed("fm=jpeg&w=320")
	whole.want(t, http.StatusOK, 320, 240)
	got := signed("fm=jpeg&max-bytes=3000&w=320")
	got.want(t, http.StatusOK, 320, 240)
	if len(whole.body) <= 3000 || len(got.body) > 3000 || len(got.body) < 2000 {
		t.Errorf("got %d bytes, and %d without a limit, want at most 3000", len(got.body), len(whole.body))
	}
	var decodes [2]float64
	for i := range decodes {
		none := signed("fm=jpeg&max-bytes=300&w=320")
		if none.StatusCode != http.StatusUnprocessableEntity || none.Header.Get("Cache-Control") != "public, max-age=86400" ||
			!strings.Contains(string(none.body), "max-bytes is 300, the smallest file that was tried has ") {
			t.Errorf("got %s, %q, %v", none.Status, none.body, none.Header)
		}
		decodes[i] = o.metric("imgorigin_decodes_total") // at most one a request, as they may share one
	}
	if decodes[1] != decodes[0] {
		t.Errorf("got %v decodes: want none by the second request for what doesn't fit", decodes)
	}
	o.get("/img/cat.jpg?w=320&max-bytes=3000").want(t, http.StatusForbidden, 0, 0)
	for _, value := range []string{"0", "-1", "1.5", "3k", "100000001"} {
		if got := signed("max-bytes=" + value); got.StatusCode != http.StatusBadRequest {
			t.Errorf("max-bytes=%s: got %s", value, got.Status)
		}
	}
}

// A final is within the limit too, and replaces its draft although it is larger: its quality is better.
func TestFinalWithinMaxBytes(t *testing.T) {
	const limit = 2000
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	// Of a quality of 90, the draft has 3025 bytes, and the final 2420.
	engine := func(thorough bool) resize.Engine {
		return resize.NewEngine(resize.EngineConfig{Thorough: thorough, EncoderScale: true, Codecs: []resize.Codec{{
			Format: resize.WebP,
			Encode: func(_ image.Image, o resize.Encoding) ([]byte, error) {
				if o.Thorough {
					return fakeWebP("final", int(400*math.Exp(0.02*float64(o.Quality)))), nil
				}
				return fakeWebP("draft", int(500*math.Exp(0.02*float64(o.Quality)))), nil
			},
		}}})
	}
	o := start(t, Config{
		Originals: a, Store: newStore(), Memory: 1 << 20, Revalidate: 0, MaxAge: time.Hour, URLs: URLs{SignKeys: []string{"k"}},
		Engine: engine(false), WarmEngine: engine(true), Drafts: Drafts{Formats: []resize.Format{resize.WebP}},
	})
	query := "fm=webp&max-bytes=2000&q=90&w=320"
	url := "/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query)
	draft := o.get(url)
	o.settle()
	final := o.get(url)
	for word, got := range map[string]answer{"draft": draft, "final": final} {
		if got.StatusCode != http.StatusOK || len(got.body) > limit || !strings.Contains(string(got.body), word) {
			t.Errorf("%s: got %s, %d bytes", word, got.Status, len(got.body))
		}
	}
	if got := o.metric(`imgorigin_finals_total{result="made"}`); got != 1 || len(final.body) < len(draft.body) {
		t.Errorf("got %v finals of %d bytes, want one that is not smaller than the draft of %d", got, len(final.body), len(draft.body))
	}
}

// A client that accepts AVIF gets one within the limit, where the WebP that is usually its draft can't be within it.
func TestAVIFWithinMaxBytes(t *testing.T) {
	const webpBytes, avifBytes = 2000, 1000
	engine := resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{
		{Format: resize.AVIF, Encode: func(image.Image, resize.Encoding) ([]byte, error) {
			return append([]byte("\x00\x00\x00\x1cftypavif"), make([]byte, avifBytes-12)...), nil
		}},
		{Format: resize.WebP, Encode: func(image.Image, resize.Encoding) ([]byte, error) { return fakeWebP("draft", webpBytes), nil }},
	}})
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	o := start(t, Config{
		Originals: a, Memory: 1 << 20, MaxAge: time.Hour, URLs: URLs{SignKeys: []string{"k"}}, Engine: engine, Drafts: avifDrafts,
	})
	for limit, want := range map[int]struct {
		status int
		format string
	}{
		webpBytes:     {http.StatusOK, "image/webp"},
		webpBytes - 1: {http.StatusOK, "image/avif"},
		avifBytes - 1: {http.StatusUnprocessableEntity, "text/plain; charset=utf-8"},
	} {
		query := fmt.Sprintf("max-bytes=%d&w=320", limit)
		url := "/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query)
		got := o.get(url, "Accept", "image/avif,image/webp")
		if format := got.Header.Get("Content-Type"); got.StatusCode != want.status || format != want.format {
			t.Errorf("within %d bytes: got %s, %s, want %d, %s", limit, got.Status, format, want.status, want.format)
		}
	}
}
