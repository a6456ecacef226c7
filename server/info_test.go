package server

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

func (a answer) info(t *testing.T) (info ImageInfo) {
	t.Helper()
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: got %s, %s: %s", a.Request.URL, a.Status, a.Header.Get("Content-Type"), a.body)
	}
	if err := json.Unmarshal(a.body, &info); err != nil {
		t.Fatal(err)
	}
	return info
}

func TestInfoIsKeptLikeAVariant(t *testing.T) {
	a := newOriginals()
	a.put("a b.jpg", photo(600, 400, 1))
	store := newStore()
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, MaxAge: time.Hour})

	first := o.get("/info/a%20b.jpg")
	info := first.info(t)
	want := grammar.Candidate{URL: "/img/a%20b.jpg?w=160", Width: 160, Height: 107}
	if info.Key != "a b.jpg" || info.Width != 600 || info.Displayed != (resize.Size{Width: 600, Height: 400}) ||
		len(info.Srcset) != 4 || info.Srcset[0] != want {
		t.Errorf("got %+v", info)
	}
	for _, c := range info.Srcset {
		o.get(c.URL).want(t, http.StatusOK, c.Width, c.Height)
	}
	decodes := o.metric("imgorigin_decodes_total")

	again := o.get("/info/a%20b.jpg", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || again.Header.Get("Cache-Control") != first.Header.Get("Cache-Control") {
		t.Errorf("again: got %s, %v, want a 304", again.Status, again.Header)
	}
	other := start(t, Config{Originals: a, Store: store, Memory: 1 << 20,
		URLs: URLs{Ladder: grammar.Ladder{Widths: []int{100}, Ratios: grammar.DefaultLadder().Ratios, Qualities: []int{75}}}})
	moved := other.get("/info/a%20b.jpg", "If-None-Match", first.Header.Get("ETag"))
	if moved.info(t).Srcset[0].Width != 100 || moved.Header.Get("Cache-Status") != "imgorigin; hit; detail=store" {
		t.Errorf("with another ladder, from the store: got %v, %s", moved.Header, moved.body)
	}
	if got := o.metric("imgorigin_decodes_total") + other.metric("imgorigin_decodes_total"); got != decodes {
		t.Errorf("got %v decodes, want %v", got, decodes)
	}

	a.put("a b.jpg", photo(300, 400, 2))
	if got := other.get("/info/a%20b.jpg").info(t); got.Width != 300 {
		t.Errorf("after a change: got %+v", got)
	}
	a.put("a b.jpg", nil)
	other.get("/info/a%20b.jpg").want(t, http.StatusNotFound, 0, 0)
}

func TestInfoIsNoVariant(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(60, 40, 1))
	a.put("text.jpg", []byte("no image"))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	for path, want := range map[string]int{
		"/v/cat.jpg/full.info": 400, "/img/cat.jpg?fm=info": 400, "/info/": 400, "/info/none.jpg": 404, "/info/text.jpg": 415,
		"/srcset/cat.jpg?w=2,1": 400, "/srcset/cat.jpg?w=x": 400, "/srcset/cat.jpg?blur=3": 403, "/srcset/cat.jpg?h=0": 400,
	} {
		if got := o.get(path); got.StatusCode != want {
			t.Errorf("%s: got %s: %s", path, got.Status, got.body)
		}
	}
}

func TestInfoRequiresSignature(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(600, 400, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, URLs: URLs{SignKeys: []string{"secret"}, SignRequired: true}})
	o.get("/info/cat.jpg").want(t, http.StatusForbidden, 0, 0)
	o.get("/info/cat.jpg?s=x").want(t, http.StatusForbidden, 0, 0)
	query := "expires=99999999999"
	info := o.get("/info/cat.jpg?" + query + "&s=" + grammar.Sign("secret", "/info/cat.jpg", query)).info(t)
	for _, c := range info.Srcset {
		if !strings.Contains(c.URL, query) {
			t.Errorf("%s does not end when the URL of the question does", c.URL)
		}
		o.get(c.URL).want(t, http.StatusOK, c.Width, c.Height)
	}
}

func TestSrcset(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(1000, 500, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20})
	tests := []struct{ query, want string }{
		{"w=300,700&q=80&sizes=50vw&alt=%22%3Cb%3E", `<img src="/img/cat.jpg?w=700&amp;q=80"
  srcset="/img/cat.jpg?w=300&amp;q=80 320w, /img/cat.jpg?w=700&amp;q=80 750w"
  sizes="50vw" width="750" height="375" alt="&#34;&lt;b&gt;" loading="lazy" decoding="async">
`},
		{"w=320,640&h=640&fit=cover", `<img src="/img/cat.jpg?w=640&amp;h=640&amp;fit=cover"
  srcset="/img/cat.jpg?w=320&amp;h=320&amp;fit=cover 320w, /img/cat.jpg?w=640&amp;h=640&amp;fit=cover 500w"
  sizes="100vw" width="500" height="500" alt="" loading="lazy" decoding="async">
`},
	}
	for _, test := range tests {
		got := o.get("/srcset/cat.jpg?" + test.query)
		if string(got.body) != test.want || got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: got %v %s, want %s", test.query, got.Header, got.body, test.want)
		}
	}
}

func TestHashesAreText(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(600, 400, 1))
	o := start(t, Config{Originals: a, Store: newStore(), Memory: 1 << 20, Prefetch: Prefetch{Widths: []int{160, 320}}})
	info := o.get("/info/cat.jpg").info(t)
	for path, want := range map[string]string{
		"/img/cat.jpg?fm=blurhash": info.BlurHash, "/img/cat.jpg?w=333&q=2&fm=thumbhash": info.ThumbHash, "/v/cat.jpg/full.thumbhash": info.ThumbHash,
	} {
		o.settle() // otherwise it may join the decode before
		got := o.get(path)
		if string(got.body) != want || got.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: got %v %s, want %s", path, got.Header, got.body, want)
		}
	}
	if got := o.metric("imgorigin_decodes_total"); got != 3 {
		t.Errorf("got %v decodes, want one for each text", got)
	}
}

// The header has the stages of the engine, and only those of what the request asked for.
func TestServerTimingHasStages(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(600, 400, 1))
	o := start(t, Config{Originals: a, Store: newStore(), Prefetch: Prefetch{Widths: []int{160, 320}}})
	for _, path := range []string{"/img/cat.jpg?w=480&fm=jpeg", "/img/cat.jpg?w=480&fm=png", "/info/cat.jpg"} {
		o.settle() // otherwise it may join the decode before
		timing := o.get(path).Header.Get("Server-Timing")
		for _, leg := range []string{"decode", "resize", "encode"} {
			if n := strings.Count(timing, leg+";dur="); n != 1 {
				t.Errorf("%s: got %s %d times in %s", path, leg, n, timing)
			}
		}
	}
}
