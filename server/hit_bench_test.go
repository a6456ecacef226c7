package server

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// BenchmarkHit answers a variant of 90 kB over HTTP, in turns with a bare handler that has nothing but the variant, or its
// file, and calls http.ServeContent. x-bare is the median of our processor time as a multiple of that handler's; the client is a process
// of its own, so its time is not part of either. allocs-more are the allocations of our handler beyond the bare one's,
// without the HTTP server around them.
func BenchmarkHit(b *testing.B) {
	body := bytes.Repeat([]byte{0xff}, 90_000)
	v := &cache.Variant{
		Body: body, MediaType: "image/jpeg", ETag: cache.ETag(body), OriginalETag: `"only"`,
		Modified: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC),
	}
	file := filepath.Join(b.TempDir(), "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		b.Fatal(err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	toNull := slog.New(slog.NewJSONHandler(null, nil))
	folder, err := cache.OpenFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer folder.Close()

	for _, test := range []struct {
		name   string
		config Config
		bare   http.HandlerFunc
		etag   string // of If-None-Match
	}{
		{"memory", Config{Memory: 1 << 20}, serveMemory(v), ""},
		{"memory_logged", Config{Memory: 1 << 20, Log: toNull}, serveMemory(v), ""},
		{"not_modified", Config{Memory: 1 << 20}, serveMemory(v), v.ETag},
		{"not_modified_logged", Config{Memory: 1 << 20, Log: toNull}, serveMemory(v), v.ETag},
		{"folder", Config{Store: folder}, readFile(v, file), ""},
		{"folder_sendfile", Config{Store: folder}, sendFile(v, file), ""},
	} {
		b.Run(test.name, func(b *testing.B) {
			c := test.config
			c.Originals, c.Engine = only("x"), resize.NewEngine(resize.EngineConfig{})
			c.Revalidate, c.MaxAge = time.Minute, 24*time.Hour
			s, err := New(c)
			if err != nil {
				b.Fatal(err)
			}
			asked, err := s.grammar.Parse("2026/cat.jpg", hitQuery, hitAccept, time.Now())
			if err != nil {
				b.Fatal(err)
			}
			k := cache.Key{Original: asked.Key, Transform: asked.Transform.String()}
			s.put(b.Context(), k, v, newLegs(b.Context()), s.memory.Begin())
			compareHandlers(b, s.Handler(), test.bare, test.etag)
		})
	}
}

func serveMemory(v *cache.Variant) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", v.MediaType)
		w.Header().Set("ETag", v.ETag)
		http.ServeContent(w, r, "", v.Modified, bytes.NewReader(v.Body))
	}
}

// readFile reads the same bytes from a file and answers with them.
func readFile(v *cache.Variant, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", v.MediaType)
		w.Header().Set("ETag", v.ETag)
		http.ServeContent(w, r, "", v.Modified, bytes.NewReader(body))
	}
}

// sendFile has the kernel send a file. The process never sees the bytes: it can compare no checksum.
func sendFile(v *cache.Variant, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(name)
		if err != nil {
			panic(err)
		}
		defer f.Close()
		w.Header().Set("Content-Type", v.MediaType)
		w.Header().Set("ETag", v.ETag)
		http.ServeContent(w, r, "", v.Modified, f)
	}
}

// A browser asks for the variant with these.
const (
	hitQuery  = "w=400&h=225&fit=crop&auto=format"
	hitPath   = "/img/2026/cat.jpg?" + hitQuery
	hitAccept = "image/avif;q=0,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
)

func compareHandlers(b *testing.B, ours, bare http.Handler, etag string) {
	servers := [2]*httptest.Server{httptest.NewServer(ours), httptest.NewServer(bare)}
	client := startBenchmarkClient(b)
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // about what the program sets while little is in memory
	const turn = 400                                   // requests
	var ratios []float64
	var total time.Duration
	for b.Loop() {
		var spent [2]time.Duration
		for i := range servers {
			i = (i + len(ratios)) % 2
			began := processTime()
			client.ask(b, benchmarkOrder{servers[i].URL + hitPath, etag, turn})
			spent[i] = processTime() - began
		}
		total += spent[0]
		ratios = append(ratios, float64(spent[0])/float64(spent[1]))
	}
	for _, server := range servers {
		server.Close()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-bare")
	b.ReportMetric(float64(total.Microseconds())/float64(b.N*turn), "cpu-µs/request")
	b.ReportMetric(allocsOf(ours, etag)-allocsOf(bare, etag), "allocs-more")
	b.ReportMetric(0, "ns/op")
}

func allocsOf(h http.Handler, etag string) float64 {
	r := newHitRequest(hitPath, etag)
	return testing.AllocsPerRun(1000, func() { h.ServeHTTP(&nowhere{header: make(http.Header)}, r) })
}

func newHitRequest(url, etag string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, url, strings.NewReader(""))
	r.Header.Set("Accept", hitAccept)
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	return r
}

// nowhere is a ResponseWriter that discards everything.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }

func (n *nowhere) ReadFrom(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }
