package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/originals"
)

// BenchmarkLadder measures what a single decode for a whole ladder saves. It compares the CPU time of warming six widths
// in two formats of an image of 12 megapixels with that of twelve requests for the same variants, one after another, in
// turns. It also measures warming with the thorough engine, as it is done in production, which takes more time to make
// smaller WebPs.
func BenchmarkLadder(b *testing.B) {
	originals := b.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(4000, 3000), 88)
	writeFile(b, filepath.Join(originals, "cat.jpg"), photo)
	formats := []resize.Format{resize.JPEG, resize.WebP}
	if !build.NewEngine(resize.Limits{}).Encodes(resize.WebP) {
		formats[1] = resize.PNG
	}
	var ts []resize.Transform
	for _, width := range []int{320, 480, 640, 1080, 1200, 1920} {
		for _, f := range formats {
			ts = append(ts, resize.Transform{Width: width, Format: f}.Normal())
		}
	}
	var requested, warmed, thorough time.Duration
	for b.Loop() {
		requested += cpuOf(b, func() { request(b, originOf(b, originals, false), ts) })
		warmed += cpuOf(b, func() { warmAll(b, originOf(b, originals, false), ts) })
		thorough += cpuOf(b, func() { warmAll(b, originOf(b, originals, true), ts) })
	}
	perOp := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
	b.ReportMetric(perOp(requested), "asked-cpu-ms")
	b.ReportMetric(perOp(warmed), "warmed-cpu-ms")
	b.ReportMetric(perOp(thorough), "thorough-cpu-ms")
	b.ReportMetric(float64(requested)/float64(warmed), "asked/warmed")
}

func originOf(b *testing.B, folder string, thorough bool) *server.Server {
	b.Helper()
	store, err := cache.OpenFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	s, err := server.New(server.Config{
		Originals:  originals.Folder{FS: os.DirFS(folder)},
		Engine:     build.NewEngine(resize.Limits{}),
		WarmEngine: settings.EngineFlags{}.Engine(thorough),
		Store:      store,
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func request(b *testing.B, s *server.Server, ts []resize.Transform) {
	handler := s.Handler()
	for _, t := range ts {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("/v/cat.jpg/%s", t), nil))
		if w.Code != http.StatusOK {
			b.Fatalf("%s: %d %s", t, w.Code, w.Body)
		}
	}
}

func warmAll(b *testing.B, s *server.Server, ts []resize.Transform) {
	if made, _, err := s.Warm(context.Background(), "cat.jpg", ts); err != nil || made != len(ts) {
		b.Fatalf("made %d of %d: %v", made, len(ts), err)
	}
}

// cpuOf returns the CPU time of f, on all processors.
func cpuOf(b *testing.B, f func()) time.Duration {
	b.Helper()
	before := processorTime(b)
	f()
	return processorTime(b) - before
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
