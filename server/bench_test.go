package server

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// BenchmarkHot serves a variant of 60 kB from memory over HTTP, in turns with a handler that only calls
// http.ServeContent. share is our requests per second as a share of that handler's; allocs are those of our handler
// beyond its, without the HTTP server and client around them.
func BenchmarkHot(b *testing.B) {
	body := bytes.Repeat([]byte{0xff}, 60_000)
	s, err := New(Config{
		Originals: newOriginals(), Engine: resize.NewEngine(resize.EngineConfig{}),
		Memory: 1 << 20, Revalidate: Never, MaxAge: 24 * time.Hour,
	})
	if err != nil {
		b.Fatal(err)
	}
	v := &cache.Variant{Body: body, MediaType: "image/jpeg", ETag: cache.ETag(body), Modified: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	s.memory.Put(cache.Key{Original: "2026/cat.jpg", Transform: "w=480,h=270,fit=cover.auto"}, v, s.memory.Begin())
	ours := s.Handler()
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", v.MediaType)
		w.Header().Set("ETag", v.ETag)
		http.ServeContent(w, r, "", v.Modified, bytes.NewReader(v.Body))
	})
	const path = "/img/2026/cat.jpg?w=480&h=270&fit=cover"
	allocs := testing.AllocsPerRun(1000, serveOnce(b, ours, path)) - testing.AllocsPerRun(1000, serveOnce(b, bare, path))

	servers := [2]*httptest.Server{httptest.NewServer(ours), httptest.NewServer(bare)}
	var spent [2]time.Duration
	var clients [2]*http.Client
	for i, server := range servers {
		defer server.Close()
		clients[i] = server.Client()
	}
	const turn = 50 // requests
	for b.Loop() {
		for i, server := range servers {
			began := time.Now()
			for range turn {
				fetch(b, clients[i], server.URL+path, len(body))
			}
			spent[i] += time.Since(began)
		}
	}
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "share")
	b.ReportMetric(allocs, "allocs-more")
	b.ReportMetric(float64(b.N*turn)/spent[0].Seconds(), "req/s")
	runtime.KeepAlive(s)
}

func serveOnce(b *testing.B, h http.Handler, path string) func() {
	r := httptest.NewRequest(http.MethodGet, path, strings.NewReader(""))
	return func() {
		w := nowhere{header: make(http.Header)}
		h.ServeHTTP(&w, r)
		if w.bytes != 60_000 {
			b.Fatalf("got %d bytes", w.bytes)
		}
	}
}

// nowhere is a ResponseWriter that discards everything.
type nowhere struct {
	header http.Header
	bytes  int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(p []byte) (int, error) { n.bytes += len(p); return len(p), nil }

func fetch(b *testing.B, c *http.Client, url string, want int) {
	response, err := c.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.StatusCode != 200 || int(n) != want {
		b.Fatalf("got %s, %d bytes, %v", response.Status, n, err)
	}
}
