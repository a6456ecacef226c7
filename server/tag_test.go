package server

import (
	"net/http"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

// Every answer about an original carries its cache tag, so that a CDN can purge all of them by it: those that it keeps
// and those by which it revalidates, errors about the original too.
func TestAnswersCarryTheTagOfTheirOriginal(t *testing.T) {
	a := newOriginals()
	a.put("a b.jpg", photo(600, 400, 1))
	a.put("text.jpg", []byte("no image"))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	etag := o.get("/img/a%20b.jpg?w=160").Header.Get("ETag")
	tests := []struct {
		method, path, key string
		status            int
		headers           []string
	}{
		{http.MethodGet, "/img/a%20b.jpg?w=160", "a b.jpg", 200, nil},
		{http.MethodHead, "/img/a%20b.jpg?w=160", "a b.jpg", 200, nil},
		{http.MethodGet, "/img/a%20b.jpg?w=160", "a b.jpg", 304, []string{"If-None-Match", etag}},
		{http.MethodGet, "/img/a%20b.jpg?w=160", "a b.jpg", 206, []string{"Range", "bytes=0-9"}},
		{http.MethodGet, "/img/a%20b.jpg?w=160", "a b.jpg", 416, []string{"Range", "bytes=9999999-"}},
		{http.MethodGet, "/v/a%20b.jpg/w=160.auto", "a b.jpg", 200, nil},
		{http.MethodGet, "/info/a%20b.jpg", "a b.jpg", 200, nil},
		{http.MethodGet, "/srcset/a%20b.jpg", "a b.jpg", 200, nil},
		{http.MethodGet, "/img/gone.jpg?w=160", "gone.jpg", 404, nil},
		{http.MethodGet, "/v/gone.jpg/w=160.auto", "gone.jpg", 404, nil},
		{http.MethodGet, "/info/gone.jpg", "gone.jpg", 404, nil},
		{http.MethodGet, "/img/text.jpg?w=160", "text.jpg", 415, nil},
	}
	for _, test := range tests {
		got := o.do(test.method, test.path, test.headers...)
		tag := got.Header.Get(cache.TagHeader)
		if got.StatusCode != test.status || tag != cache.Tag(test.key) {
			t.Errorf("%s %s: got %s, tag %q, want %d, %q", test.method, test.path, got.Status, tag, test.status, cache.Tag(test.key))
		}
	}
	for _, path := range []string{"/img/", "/healthz"} {
		if tag := o.get(path).Header.Get(cache.TagHeader); tag != "" {
			t.Errorf("%s, which names no original, has the tag %q", path, tag)
		}
	}
}

// The fallback image is an answer about two originals.
func TestFallbackCarriesTwoTags(t *testing.T) {
	a := newOriginals()
	a.put("none.jpg", photo(300, 200, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, Fallback: Fallback{Key: "none.jpg"}})
	got := o.get("/img/gone.jpg?w=160").Header.Get(cache.TagHeader)
	if want := cache.Tag("gone.jpg") + "," + cache.Tag("none.jpg"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
