package server

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// noise returns a PNG of w × h that no encoder makes smaller than its pixels.
func noise(w, h int, seed uint64) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range m.Pix {
		m.Pix[i] = uint8(r.Uint32()) | uint8(i&3/3*255) // opaque
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

const largeURL = "/img/noise.png?fm=png"

// A variant that is large for the memory is read from the store for each request, and its description is kept.
func TestLargeVariantsAreStreamed(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("noise.png", noise(400, 400, 1))
	var reads atomic.Int64
	store.Before = func(_ context.Context, operation, _ string) error {
		if operation == "get" {
			reads.Add(1)
		}
		return nil
	}
	filled := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	want := filled.get(largeURL)
	if want.StatusCode != http.StatusOK || len(want.body) < 400_000 {
		t.Fatalf("got %s, %d bytes", want.Status, len(want.body))
	}
	cold := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	for name, o := range map[string]*origin{"filled": filled, "cold": cold} {
		for i := range 2 {
			got := o.get(largeURL)
			if !bytes.Equal(got.body, want.body) || got.Header.Get("ETag") != want.Header.Get("ETag") ||
				got.Header.Get("Cache-Status") != "imgorigin; hit; detail=store" || got.ContentLength != int64(len(want.body)) {
				t.Errorf("%s, request %d: got %d bytes, %v", name, i+2, len(got.body), got.Header)
			}
		}
		before := reads.Load()
		if got := o.do(http.MethodHead, largeURL); got.ContentLength != int64(len(want.body)) || got.StatusCode != http.StatusOK {
			t.Errorf("%s, HEAD: got %s, length %d", name, got.Status, got.ContentLength)
		}
		o.get(largeURL, "If-None-Match", want.Header.Get("ETag")).want(t, http.StatusNotModified, 0, 0)
		if got := reads.Load() - before; got != 0 {
			t.Errorf("%s: got %d reads of the store for answers without a body", name, got)
		}
		part := o.get(largeURL, "Range", "bytes=1000-1999")
		if part.StatusCode != http.StatusPartialContent || !bytes.Equal(part.body, want.body[1000:2000]) {
			t.Errorf("%s, range: got %s, %d bytes", name, part.Status, len(part.body))
		}
		if got := o.memory.Bytes() - o.memory.InUse(); got > 10_000 {
			t.Errorf("%s: got %d bytes in memory for a description", name, got)
		}
	}
	if got := a.opens.Load(); got != 1 {
		t.Errorf("got %d decodes, want 1", got)
	}
}

// A large variant whose body has left the store, or can't be read, is made again.
func TestLargeVariantsThatAreGoneAreMadeAgain(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("noise.png", noise(400, 400, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	want := o.get(largeURL)
	o.settle() // the store has it
	if err := store.Drop(t.Context(), "noise.png"); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if got := o.get(largeURL); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want.body) {
			t.Errorf("request %d after the drop: got %s, %d bytes", i+1, got.Status, len(got.body))
		}
	}
	if got := a.opens.Load(); got != 2 {
		t.Errorf("got %d decodes, want 2", got)
	}
}

// While the store is out, a large variant is made again, and held whole. It is answered as before when the store is back.
func TestLargeVariantsWithoutTheStore(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("noise.png", noise(400, 400, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	want := o.get(largeURL)
	o.settle() // the store has it
	var isOut atomic.Bool
	store.Before = func(context.Context, string, string) error {
		if isOut.Load() {
			return errors.New("out")
		}
		return nil
	}
	isOut.Store(true)
	for i := range 2 {
		if got := o.get(largeURL); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want.body) {
			t.Errorf("request %d without the store: got %s, %d bytes", i+1, got.Status, len(got.body))
		}
	}
	if got := a.opens.Load(); got != 2 {
		t.Errorf("got %d decodes, want 2: what can't be stored is held whole", got)
	}
	isOut.Store(false)
	if got := o.get(largeURL); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want.body) {
		t.Errorf("with the store: got %s, %d bytes", got.Status, len(got.body))
	}
}

// A process that holds the description of a large variant never sends bytes of another under it: when a second process has
// stored a variant of a newer original, the first makes its own.
func TestLargeVariantsThatAnotherProcessReplaced(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("noise.png", noise(400, 400, 1))
	first := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: time.Hour})
	first.get(largeURL)
	first.settle()
	a.put("noise.png", noise(400, 400, 2))
	second := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	if _, err := second.Drop(t.Context(), "noise.png"); err != nil {
		t.Fatal(err)
	}
	want := second.get(largeURL)
	second.settle()
	for i := range 2 {
		if got := first.get(largeURL); !bytes.Equal(got.body, want.body) || got.Header.Get("ETag") != want.Header.Get("ETag") {
			t.Errorf("request %d: got %s, %d bytes, ETag %s, want those of the newer original",
				i+1, got.Status, len(got.body), got.Header.Get("ETag"))
		}
	}
}

// A small variant whose first read is damaged is read once more, and not made again.
func TestDamagedReadsAreRepeated(t *testing.T) {
	a, store := newOriginals(), &damagedStore{MapStore: newStore()}
	a.put("cat.jpg", photo(200, 100, 1))
	want := start(t, Config{Originals: a, Store: store, Revalidate: Never}).get("/img/cat.jpg?w=160")
	store.isDamaged.Store(true) // for readers of Open, not of Get
	cold := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	if got := cold.get("/img/cat.jpg?w=160"); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want.body) {
		t.Errorf("got %s, %d bytes", got.Status, len(got.body))
	}
	if got := a.opens.Load(); got != 1 {
		t.Errorf("got %d decodes, want 1", got)
	}
}

// damagedStore opens variants whose last byte is not what was put.
type damagedStore struct {
	*cachetest.MapStore
	isDamaged atomic.Bool
}

func (s *damagedStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	v, err := s.Get(ctx, k)
	if err != nil || !s.isDamaged.Load() {
		return s.MapStore.Open(ctx, k, offset)
	}
	sum := md5.Sum(v.Body)
	body := bytes.Clone(v.Body)
	body[len(body)-1] ^= 1
	return cache.NewOpened(*v, int64(len(body)), offset, io.NopCloser(bytes.NewReader(body[offset:])), md5.New(), sum[:]), nil
}

// A client never takes a damaged body for a whole image: it gets fewer bytes than were announced. The next request gets
// a variant that is made again.
func TestDamagedLargeVariants(t *testing.T) {
	a, store := newOriginals(), &damagedStore{MapStore: newStore()}
	a.put("noise.png", noise(400, 400, 1))
	o := start(t, Config{Originals: a, Store: store, Memory: 4 << 20, Revalidate: Never})
	want := o.get(largeURL)
	o.settle() // the store has it
	store.isDamaged.Store(true)
	if got, err := o.try(t.Context(), http.MethodGet, largeURL); err == nil {
		t.Errorf("damaged: got %d bytes and no error", len(got.body))
	}
	store.isDamaged.Store(false)
	if got := o.get(largeURL); got.StatusCode != http.StatusOK || !bytes.Equal(got.body, want.body) {
		t.Errorf("after the damage: got %s, %d bytes", got.Status, len(got.body))
	}
	if got := a.opens.Load(); got != 2 {
		t.Errorf("got %d decodes, want 2: the damaged variant is not made again", got)
	}
}

// A slowWriter is a client that reads nothing until it is released.
type slowWriter struct {
	http.ResponseWriter
	waits    chan<- struct{} // receives a value when something is written
	released <-chan struct{}
}

func (w slowWriter) Write(p []byte) (int, error) {
	w.waits <- struct{}{}
	<-w.released
	return w.ResponseWriter.Write(p)
}

// Bodies that slow clients read take no more than the memory may have. Others are answered 503 then, and the memory is
// free again when the clients have read.
func TestSlowReadersTakeBoundedMemory(t *testing.T) {
	a := newOriginals()
	o := start(t, Config{Originals: a, Memory: 8 << 20, Revalidate: Never})
	const clients, side, others = 8, 300, 63 << 20 // pixels; bytes
	if !o.memory.Reserve(others) {
		t.Fatal("no room for what others read")
	}
	waits, done, released := make(chan struct{}), make(chan int), make(chan struct{})
	statuses := make(map[int]int)
	for i := range clients {
		path := fmt.Sprintf("/img/%d.png", i)
		a.put(path[len("/img/"):], noise(side, side, uint64(i)))
		go func() {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path+"?fm=png", nil)
			o.Handler().ServeHTTP(slowWriter{w, waits, released}, r)
			done <- w.Code
		}()
		select {
		case <-waits: // sent slowly; and an error, too
			o.memory.Drop(path[len("/img/"):])
		case status := <-done:
			statuses[status]++
		}
	}
	if got := o.memory.Bytes(); got > 64<<20 {
		t.Errorf("got %d bytes in memory, want at most 64 MiB", got)
	}
	close(released)
	for statuses[http.StatusOK]+statuses[http.StatusServiceUnavailable] < clients {
		select {
		case <-waits:
		case status := <-done:
			statuses[status]++
		}
	}
	if statuses[http.StatusOK] < 2 || statuses[http.StatusServiceUnavailable] < 2 {
		t.Errorf("got statuses %v", statuses)
	}
	if got := o.memory.InUse(); got != others {
		t.Errorf("all clients have read: got %d bytes in use, want the %d of the others", got, others)
	}
}
