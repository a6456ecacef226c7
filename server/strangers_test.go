package server

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A variant takes as much memory as is counted for it, even if its URL had tens of kilobytes of query that has no effect.
func TestLongURLsAreNotKept(t *testing.T) {
	a := newOriginals()
	o := start(t, Config{Originals: a, Memory: 64 << 20, Revalidate: time.Hour})
	heap := func() uint64 {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		runtime.GC()
		runtime.GC() // what is in a pool outlives one
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const variants, long, most = 600, 30_000, 9 << 20 // of 18 MB of URLs
	for i := range variants {
		a.put(fmt.Sprintf("%d.jpg", i), photo(16, 8, 1))
	}
	o.get("/img/0.jpg?w=32&fm=gif&other="+strings.Repeat("x", long)).want(t, http.StatusOK, 0, 0)
	before := heap()
	for i := range variants {
		o.get(fmt.Sprintf("/img/%d.jpg?w=32&fm=gif&other=%s", i, strings.Repeat("x", long)))
	}
	o.settle() // work that goes on after an answer holds its request
	if got := heap() - min(before, heap()); got > most {
		t.Errorf("%d small variants take %d kB of memory, counted as %d kB", variants, got>>10, o.memory.Bytes()>>10)
	}
	if got := o.memory.Len(); got != variants {
		t.Errorf("got %d variants in memory, want %d", got, variants)
	}
}

// However many ranges a request asks for, a large variant is read from the store once.
func TestManyRangesAreOneRead(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("noise.png", noise(400, 400, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	want := o.get(largeURL)
	o.settle() // the store has it
	var reads atomic.Int64
	store.Before = func(_ context.Context, act, _ string) error {
		if act == "get" {
			reads.Add(1)
		}
		return nil
	}
	var ranges []string
	for i := range 500 {
		ranges = append(ranges, fmt.Sprintf("%d-%d", 2*i, 2*i))
	}
	for _, header := range []string{"", "bytes=" + strings.Join(ranges, ",")} {
		reads.Store(0)
		got := o.get(largeURL, "Range", header)
		if got.StatusCode != http.StatusOK || string(got.body) != string(want.body) || reads.Load() != 1 {
			t.Errorf("range %.20q: got %s, %d bytes, %d reads of the store, want the whole variant in one",
				header, got.Status, len(got.body), reads.Load())
		}
	}
}

// Errors that depend on headers which are not in cache keys are not cached.
func TestUnmetConditionsAreNotCached(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o := start(t, Config{Originals: a, Memory: 1 << 20, MaxAge: time.Hour, URLs: URLs{SignKeys: []string{"secret"}}})
	for _, path := range []string{"/img/cat.jpg?w=32", "/v/cat.jpg/w=32.png", "/info/cat.jpg", "/srcset/cat.jpg", signedRaw("cat.jpg", "")} {
		for _, test := range []struct {
			header, value string
			status        int
		}{
			{"If-Match", `"other"`, http.StatusPreconditionFailed},
			{"Range", "bytes=99999999-", http.StatusRequestedRangeNotSatisfiable},
			{"Range", "bytes=x", http.StatusRequestedRangeNotSatisfiable},
		} {
			got := o.get(path, test.header, test.value)
			if got.StatusCode != test.status || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s with %s: %s: got %s, Cache-Control %q, want %d, no-store",
					path, test.header, test.value, got.Status, got.Header.Get("Cache-Control"), test.status)
			}
		}
	}
}
