package server

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// noisyAnimation returns a GIF of n frames, of which the first fills more than the bytes that a header is looked for in.
func noisyAnimation(t *testing.T, w, h, n int) []byte {
	t.Helper()
	noise := rand.New(rand.NewPCG(1, 2))
	var g gif.GIF
	for range n {
		m := image.NewPaletted(image.Rect(0, 0, w, h), palette.WebSafe)
		for i := range m.Pix {
			m.Pix[i] = uint8(noise.Uint32() % uint32(len(m.Palette)))
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Wherever a variant comes from, the answer says that it is a still, and so do the log and the description.
func TestStillOfAnimationIsNoted(t *testing.T) {
	a := newOriginals()
	a.put("long.gif", noisyAnimation(t, 100, 80, 3))
	a.put("short.gif", noisyAnimation(t, 100, 80, 2))
	c := Config{
		Originals: a, Store: newStore(), Memory: 1 << 20, MaxAge: time.Hour,
		Limits: Limits{Image: resize.Limits{AnimationPixels: 2 * 100 * 80}},
	}
	o := start(t, c)
	const path = "/img/long.gif?w=80&fm=gif"
	filled := o.get(path)
	for from, got := range map[string]answer{
		"fill": filled, "memory": o.get(path), "store": start(t, c).get(path), "HEAD": o.do(http.MethodHead, path),
		"304": o.get(path, "If-None-Match", filled.Header.Get("Etag")),
	} {
		if note := got.Header.Get(cache.NoteHeader); note != stillNote {
			t.Errorf("%s: got the note %q of %v", from, note, got.Header)
		}
	}
	if g, err := gif.DecodeAll(bytes.NewReader(filled.body)); err != nil || len(g.Image) != 1 {
		t.Errorf("got %d bytes, %v, want a still", len(filled.body), err)
	}
	var log bytes.Buffer
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	start(t, c).Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	if want := `note="` + stillNote + `"`; !strings.Contains(log.String(), want) {
		t.Errorf("got %s, want %s in the log", log.String(), want)
	}
	if info := o.get("/info/long.gif").info(t); !info.Still || info.Frames != 3 {
		t.Errorf("got %+v, want a still of 3 frames", info)
	}

	moving := o.get("/img/short.gif?w=80&fm=gif")
	if g, err := gif.DecodeAll(bytes.NewReader(moving.body)); err != nil || len(g.Image) != 2 {
		t.Errorf("got %d bytes, %v, want two frames", len(moving.body), err)
	}
	if notes := moving.Header.Values(cache.NoteHeader); notes != nil || o.get("/info/short.gif").info(t).Still {
		t.Errorf("within the limit: got %v, want no note", notes)
	}
}
