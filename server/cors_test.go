package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// Pages of allowed origins may read images, errors and descriptions, and caches keep the answers apart where they differ.
func TestCORS(t *testing.T) {
	originals := newOriginals()
	originals.put("cat.jpg", photo(200, 100, 1))
	for _, test := range []struct {
		allowed      []string
		origin, want string
		varies       bool
	}{
		{nil, "https://a.example", "", false},
		{[]string{"*"}, "https://a.example", "*", false},
		{[]string{"*"}, "", "*", false},
		{[]string{"https://a.example", "http://localhost:3000"}, "http://localhost:3000", "http://localhost:3000", true},
		{[]string{"https://a.example"}, "https://b.example", "", true},
		{[]string{"https://a.example"}, "https://a.example.evil.example", "", true},
		{[]string{"https://a.example"}, "null", "", true},
		{[]string{"https://a.example"}, "", "", true},
	} {
		o := start(t, Config{Originals: originals, Memory: 1 << 20, Access: Access{CORS: test.allowed}})
		for _, path := range []string{"/img/cat.jpg?w=160", "/v/cat.jpg/w=160.auto", "/img/no.jpg", "/img/cat.jpg?w=x", "/info/cat.jpg", "/srcset/cat.jpg"} {
			h := o.get(path, "Origin", test.origin).Header
			varies := slices.Contains(h.Values("Vary"), "Origin")
			if got := h.Get("Access-Control-Allow-Origin"); got != test.want || varies != test.varies {
				t.Errorf("%q, %s of %q: got %q, Vary %q, want %q", test.allowed, path, test.origin, got, h.Values("Vary"), test.want)
			}
			isImage := path == "/img/cat.jpg?w=160"
			if isImage && !slices.Contains(h.Values("Vary"), "Accept") {
				t.Errorf("%q: got Vary %q, want Accept too", test.allowed, h.Values("Vary"))
			}
		}
	}
}

func TestOptions(t *testing.T) {
	s, err := New(Config{Originals: newOriginals(), Engine: start(t, Config{Originals: newOriginals()}).config.Engine, Access: Access{CORS: []string{"https://a.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]string{"https://a.example": "GET, HEAD, OPTIONS", "https://b.example": "", "": ""} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodOptions, "/img/cat.jpg?w=160", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		s.Handler().ServeHTTP(w, r)
		h := w.Header()
		if w.Code != http.StatusNoContent || h.Get("Allow") == "" || h.Get("Access-Control-Allow-Methods") != want {
			t.Errorf("of %q: got %d, %v", origin, w.Code, h)
		}
	}
}

func TestCORSOrigins(t *testing.T) {
	for _, origins := range [][]string{{"*", "https://a.example"}, {"a.example"}, {"https://a.example/"}, {"https://A.example"}, {"null"}, {""}, {"https://u@a.example"}} {
		c := Config{Originals: newOriginals(), Engine: start(t, Config{Originals: newOriginals()}).config.Engine, Access: Access{CORS: origins}}
		if _, err := New(c); err == nil {
			t.Errorf("%q: got no error", origins)
		}
	}
}
