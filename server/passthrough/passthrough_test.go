package passthrough

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ask sends a request with a path as it is written, which clients would clean.
func ask(h http.Handler, method, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	r.RequestURI = target
	r.URL, _ = url.ParseRequestURI(target)
	r.Header.Set("X-Origin-Secret", "secret")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// strange are paths that could lead elsewhere.
var strange = []string{
	"/../secret", "/a/../../secret", "/%2e%2e/secret", "/%252e%252e/secret", "/..%2fsecret", "/..%5csecret", "/a\\..\\..\\secret", "//secret",
	"//evil.example/a", "/./a", "/a/.", "/a%00", "/%252e%252e/secret/%25zz", "/..%252fsecret%25", "/a%255cb",
	"/" + strings.Repeat("%25", 5) + strings.Repeat("25", 12_000),
}

func TestFolder(t *testing.T) {
	outer := t.TempDir()
	for name, body := range map[string]string{
		"secret": "no", "site/index.html": "home", "site/a.css": "style", "site/docs/index.html": "docs", "site/assets/b.js": "js",
		"site/.env": "no", "site/.git/config": "no", "site/loop/index.html/x": "no",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(outer, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(outer, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(outer, "secret"), filepath.Join(outer, "site", "link")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(filepath.Join(outer, "site"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	h := Folder(root.FS())
	for target, want := range map[string]string{"/": "home", "/a.css": "style", "/docs/": "docs", "/assets/b.js?v=1": "js"} {
		if w := ask(h, http.MethodGet, target); w.Code != 200 || w.Body.String() != want || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: got %d %q, %v", target, w.Code, w.Body, w.Header())
		}
	}
	if w := ask(h, http.MethodGet, "/docs"); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != "docs/" {
		t.Errorf("a folder: got %d, %v", w.Code, w.Header())
	}
	missing := []string{"/no", "/.env", "/.git/config", "/assets/", "/link", "/loop/", "/a.css/b", "/" + strings.Repeat("x", 300)}
	for _, target := range append(missing, strange...) {
		if w := ask(h, http.MethodGet, target); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "no\n") {
			t.Errorf("%s: got %d %q", target, w.Code, w.Body)
		}
	}
	if w := ask(h, http.MethodPost, "/a.css"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d, %v", w.Code, w.Header())
	}
}

func TestProxy(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Got", r.Method+" "+r.RequestURI+" "+r.Header.Get("X-Forwarded-Host")+" "+r.Header.Get("Via"))
		if r.Header.Get("X-Origin-Secret") != "" {
			t.Error("the secret is passed on")
		}
		if !strings.HasPrefix(r.URL.Path, "/app/") {
			t.Errorf("got a request for %s", r.RequestURI)
		}
	}))
	defer site.Close()
	target, err := ParseTarget(site.URL + "/app/")
	if err != nil {
		t.Fatal(err)
	}
	h := Proxy(target, []string{"X-Origin-Secret"}, slog.New(slog.DiscardHandler))
	for _, request := range []string{"GET /a%20b/%2fc?x=%20y", "POST /form", "DELETE /x", "HEAD /"} {
		method, path, _ := strings.Cut(request, " ")
		want := method + " /app" + path + " example.com 1.1 imgorigin"
		if w := ask(h, method, path); w.Code != 200 || w.Header().Get("X-Got") != want {
			t.Errorf("%s: got %d, %s, want %s", request, w.Code, w.Header().Get("X-Got"), want)
		}
	}
	for _, path := range strange {
		if w := ask(h, http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	for _, method := range []string{http.MethodConnect, http.MethodTrace, "PURGE"} {
		if w := ask(h, method, "/"); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: got %d", method, w.Code)
		}
	}
	site.Close()
	if w := ask(h, http.MethodGet, "/"); w.Code != http.StatusBadGateway || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("without the site: got %d, %v", w.Code, w.Header())
	}
}

// A target that leads back here is noticed at once.
func TestProxyLoop(t *testing.T) {
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	defer server.Close()
	target, err := ParseTarget(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	h = Proxy(target, nil, slog.New(slog.DiscardHandler))
	if w := ask(h, http.MethodGet, "/"); w.Code != http.StatusLoopDetected {
		t.Errorf("got %d, want 508", w.Code)
	}
}

// A connection becomes a web socket, and no other protocol, in which a client could send requests that are not looked at.
func TestProxyUpgrades(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol := r.Header.Get("Upgrade")
		if protocol == "" {
			w.WriteHeader(http.StatusOK)
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", protocol)
		w.WriteHeader(http.StatusSwitchingProtocols)
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.Copy(c, buffered.Reader) // which has what came before the hijack
	}))
	defer site.Close()
	target, err := ParseTarget(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(Proxy(target, nil, slog.New(slog.DiscardHandler)))
	defer front.Close()
	for protocol, want := range map[string]int{"websocket": 101, "WebSocket": 101, "h2c": 200, "h2c, websocket": 200, "TLS/1.3": 200, "": 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Connection", "Upgrade, HTTP2-Settings")
		r.Header.Set("Upgrade", protocol)
		r.Header.Set("HTTP2-Settings", "AAMAAABkAAQAAP__")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != want {
			t.Errorf("%q: got %s, want %d", protocol, response.Status, want)
		}
		if c, ok := response.Body.(io.ReadWriter); ok && want == 101 {
			echo := make([]byte, 5)
			if _, err := io.WriteString(c, "hello"); err != nil {
				t.Error(err)
			} else if _, err := io.ReadFull(c, echo); err != nil || string(echo) != "hello" {
				t.Errorf("%q: got %q, %v", protocol, echo, err)
			}
		}
		response.Body.Close()
	}
}

func TestParseTarget(t *testing.T) {
	for target, isGood := range map[string]bool{
		"http://localhost:3000": true, "https://example.com/app": true,
		"ftp://example.com": false, "http://": false, "localhost:3000": false, "http://a:b@example.com": false, "http://example.com/?a": false,
		"http://example.com/#a": false, "http://example.com/../a": false,
	} {
		if _, err := ParseTarget(target); (err == nil) != isGood {
			t.Errorf("%s: got %v", target, err)
		}
	}
}
