package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// A signed URL that was answered is refused when it has expired.
func TestSignedURLsAreNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{
			Originals: only(photo(80, 60, 1)), Engine: resize.NewEngine(resize.EngineConfig{}), Memory: 1 << 20,
			URLs: URLs{SignKeys: []string{"k"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		handler := s.Handler()
		status := func(url string) int {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
			return w.Code
		}
		query := fmt.Sprint("w=33&expires=", time.Now().Add(time.Minute).Unix())
		url := "/img/cat.jpg?" + query + "&s=" + grammar.Sign("k", "/img/cat.jpg", query)
		for range 3 {
			if got := status(url); got != http.StatusOK {
				t.Errorf("before its end: got %d, want 200", got)
			}
		}
		time.Sleep(time.Minute)
		if got := status(url); got != http.StatusForbidden {
			t.Errorf("at its end: got %d, want 403", got)
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// A hit that is remembered names what is ignored, as the first answer did.
func TestIgnoredHeader(t *testing.T) {
	s, err := New(Config{Originals: only(photo(80, 60, 1)), Engine: resize.NewEngine(resize.EngineConfig{}), Memory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"/img/cat.jpg?w=32&or=90&txt=a%20b": "or, txt", "/img/cat.jpg?w=32&auto=redeye": "auto=redeye", "/img/cat.jpg?w=32": "",
		"/srcset/cat.jpg?w=32&sizes=9px&or=90": "or",
	} {
		for range 2 {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
			if got := w.Header().Get("X-Imgorigin-Ignored"); w.Code != http.StatusOK || got != want {
				t.Errorf("%s: got %d, ignored %q, want %q", url, w.Code, got, want)
			}
		}
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// Only presets are available to unsigned URLs, for a description and its markup too.
func TestOnlyPresets(t *testing.T) {
	s, err := New(Config{
		Originals: only(photo(80, 60, 1)), Engine: resize.NewEngine(resize.EngineConfig{}), Memory: 1 << 20,
		URLs: URLs{Presets: []grammar.Preset{{Name: "dot", Query: "w=8&h=8&fit=cover&blur=1"}}, OnlyPresets: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]int{
		"/img/cat.jpg?preset=dot": 200, "/v/cat.jpg/w=8,h=8,fit=cover,blur=1.jpeg": 200,
		"/info/cat.jpg": 200, "/srcset/cat.jpg?preset=dot": 200,
		"/img/cat.jpg": 403, "/img/cat.jpg?w=32": 403, "/v/cat.jpg/w=32.jpeg": 403, "/srcset/cat.jpg": 403, "/srcset/cat.jpg?w=32": 403,
		"/img/cat.jpg?preset=spot": 400, "/info/cat.jpg?preset=spot": 400,
	} {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, url, nil))
		if w.Code != want {
			t.Errorf("%s: got %d, want %d: %s", url, w.Code, want, w.Body)
		}
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// memoOf returns a memo and a function that parses by it, which reports whether the grammar was asked.
func memoOf(t *testing.T) (m *urlMemo, parse func(rawURL) (u parsedURL, asked bool)) {
	ladder, err := grammar.DefaultLadder().Normal()
	if err != nil {
		t.Fatal(err)
	}
	g := grammar.Grammar{Ladder: ladder, Encodes: func(resize.Format) bool { return true }}
	m = newURLMemo()
	return m, func(raw rawURL) (u parsedURL, asked bool) {
		u, err := m.Parse(raw, func() (grammar.Request, error) {
			asked = true
			return g.Parse(strings.TrimPrefix(raw.path, grammar.ImagePath), raw.query, raw.accept, time.Now())
		})
		if (err != nil) != (u.name == "") {
			t.Errorf("%v: got %q, %v", raw, u.name, err)
		}
		return u, asked
	}
}

func TestURLMemo(t *testing.T) {
	_, parse := memoOf(t)
	long := strings.Repeat("x", memoURLBytes)
	for _, test := range []struct {
		raw        rawURL
		name       string
		remembered bool
	}{
		{rawURL{path: "/img/cat.jpg", query: "w=400", accept: ""}, "w=480.auto", true},
		{rawURL{path: "/img/cat.jpg", query: "w=400", accept: "image/webp"}, "w=480.webp", true},
		{rawURL{path: "/img/cat.jpg", query: "w=500", accept: ""}, "w=640.auto", true},
		{rawURL{path: "/img/dog.jpg", query: "w=400", accept: ""}, "w=480.auto", true},
		{rawURL{path: "/img/cat.jpg", query: "w=400&x=" + long, accept: ""}, "w=480.auto", false},
		{rawURL{path: "/img/cat.jpg", query: "w=large", accept: ""}, "", false},
	} {
		first, _ := parse(test.raw)
		if first.name != test.name || test.name != "" && "/img/"+first.req.Key != test.raw.path {
			t.Errorf("%.60v: got %s of %s, want %s", test.raw, first.name, first.req.Key, test.name)
		}
		if again, asked := parse(test.raw); again != first || asked == test.remembered {
			t.Errorf("%.60v, again: got %+v, remembered %v, want %+v, %v", test.raw, again, !asked, first, test.remembered)
		}
	}
}

// Strangers that request ever new URLs make the memo forget, not grow.
func TestURLMemoIsBounded(t *testing.T) {
	m, parse := memoOf(t)
	for i := range 3 * memoEntries {
		parse(rawURL{path: "/img/cat.jpg", query: fmt.Sprint("w=480&utm_source=", i), accept: ""})
	}
	if got := m.parsed.Len(); got != memoEntries {
		t.Errorf("got %d entries, want %d", got, memoEntries)
	}
}
