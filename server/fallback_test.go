package server

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestFallback(t *testing.T) {
	a := newOriginals()
	a.put("none.jpg", photo(300, 200, 1))
	a.put("text.jpg", []byte("no image"))
	o := start(t, Config{Originals: a, Memory: 1 << 20, MaxAge: time.Hour, Fallback: Fallback{Key: "none.jpg"}})
	for _, path := range []string{"/img/gone.jpg?w=160", "/img/text.jpg?w=160", "/v/gone.jpg/w=160.jpeg"} {
		got := o.get(path)
		got.want(t, http.StatusNotFound, 0, 0)
		got.Status, got.StatusCode = "200", 200
		got.want(t, 200, 160, 107)
		if h := got.Header; h.Get("Cache-Control") != "public, max-age=10" || h.Get("ETag") != "" ||
			h.Get("Cache-Status") != "imgorigin; fwd=miss; detail=fallback" {
			t.Errorf("%s: got %v", path, h)
		}
		if got := o.do(http.MethodHead, path); got.StatusCode != http.StatusNotFound || got.ContentLength < 100 {
			t.Errorf("HEAD %s: got %s, %d bytes", path, got.Status, got.ContentLength)
		}
	}
	const asked = `imgorigin_requests_total{source="fallback",status="404"}`
	await(func() bool { return o.metric(asked) == 6 }) // a request is counted behind its answer
	if got := o.metric(asked); got != 6 {
		t.Errorf("got %v requests counted, want 6", got)
	}
	o.get("/img/gone.jpg?w=x").want(t, http.StatusBadRequest, 0, 0)
	o.get("/info/gone.jpg").want(t, http.StatusNotFound, 0, 0)

	// The image was uploaded: the next request gets it.
	a.put("gone.jpg", photo(600, 600, 2))
	o.get("/img/gone.jpg?w=160").want(t, http.StatusOK, 160, 160)

	a.fail(errors.New("down"))
	o.get("/img/new.jpg?w=160").want(t, http.StatusBadGateway, 0, 0)
}

func TestFallbackHasItsStatus(t *testing.T) {
	a := newOriginals()
	o := start(t, Config{Originals: a, Fallback: Fallback{Key: "none.jpg", Status: 200}})
	o.get("/img/gone.jpg").want(t, http.StatusNotFound, 0, 0) // there is none
	a.put("none.jpg", photo(300, 200, 1))
	o.get("/img/gone.jpg").want(t, http.StatusOK, 300, 200)

	for _, c := range []Config{{Fallback: Fallback{Key: "../x"}}, {Fallback: Fallback{Key: "x", Status: 304}},
		{Fallback: Fallback{Key: "x", Status: 99}}} {
		c.Originals, c.Engine = a, o.config.Engine
		if _, err := New(c); err == nil {
			t.Errorf("%+v: got no error", c)
		}
	}
}
