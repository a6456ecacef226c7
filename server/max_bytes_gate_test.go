package server

import (
	"fmt"
	"image"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// The tries of a limit of bytes are work like any other: a processor is busy with all of them, and the gate, which refuses what would
// wait too long, knows how long they take.
func TestTriesCountAtTheGate(t *testing.T) {
	for _, test := range []struct{ limit, tries, status int }{
		{100_000, 1, http.StatusOK}, {1500, 3, http.StatusServiceUnavailable},
	} {
		t.Run(strconv.Itoa(test.tries), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testTriesAtTheGate(t, test.limit, test.tries, test.status) })
		})
	}
}

// testTriesAtTheGate makes many variants within a limit, for which so many tries of a second each are needed. Then it wants a status
// for a request that comes while two others are being answered, at a gate that is patient for four seconds.
func testTriesAtTheGate(t *testing.T, limit, tries, status int) {
	var encodes atomic.Int64
	engine := resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{{
		Format: resize.WebP,
		Encode: func(_ image.Image, o resize.Encoding) ([]byte, error) {
			encodes.Add(1)
			time.Sleep(time.Second)
			return fakeWebP("image", int(500*math.Exp(0.02*float64(o.Quality)))), nil
		},
	}}})
	originals := newOriginals()
	s, err := New(Config{
		Originals: originals, Engine: engine, Memory: 1 << 20, URLs: URLs{SignKeys: []string{"k"}},
		Load: Load{Processors: 1, QueueTimeout: 8 * time.Second, FillTimeout: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	cat := photo(160, 120, 1)
	url := func(i int) string {
		path := fmt.Sprintf("/img/%d.jpg", i)
		originals.put(path[len("/img/"):], cat)
		query := fmt.Sprintf("fm=webp&max-bytes=%d&w=100", limit)
		return path + "?" + query + "&s=" + grammar.Sign("k", path, query)
	}
	const requests = 32
	for i := range requests {
		wantStatus(t, s, url(i), http.StatusOK)
	}
	if got := encodes.Load(); got != int64(requests*tries) {
		t.Fatalf("got %d tries of %d requests, want %d each", got, requests, tries)
	}
	synctest.Wait() // an answer is given before its work has left the gate
	go wantStatus(t, s, url(requests), http.StatusOK)
	go wantStatus(t, s, url(requests+1), http.StatusOK)
	synctest.Wait()
	if got := encodes.Load(); got != int64(requests*tries)+1 {
		t.Errorf("got %d encoders at work on a processor, want 1", got-int64(requests*tries))
	}
	wantStatus(t, s, url(requests+2), status)
	time.Sleep(time.Minute)
}
