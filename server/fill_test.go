package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/color"
	"io/fs"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// await waits until a condition holds, but not for ever: a test that needs it then fails by what it checks next.
func await(isSo func() bool) {
	for range 60_000 {
		if isSo() {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// together runs f n times concurrently and waits.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func TestManyWaitForOneFill(t *testing.T) {
	const callers = 200
	a := newOriginals()
	w, h := 6000, 4000 // 24 megapixels
	if testing.Short() {
		w, h = 1500, 1000 // the race detector takes half a minute to write and read more
	}
	a.put("cat.jpg", photo(w, h, 1))
	arrived := make(chan struct{})
	a.onOpen = func(context.Context, string) { <-arrived }
	o := start(t, Config{Originals: a, Store: newStore(), Memory: 1 << 20, Revalidate: time.Minute})
	leaving, hangUp := context.WithCancel(t.Context())
	go func() {
		await(func() bool { return o.entered.Load() >= callers })
		hangUp()
		close(arrived)
	}()

	answers := make([]answer, callers)
	together(callers, func(i int) {
		ctx := t.Context()
		if i%2 == 1 { // half of them hang up
			ctx = leaving
		}
		answers[i], _ = o.try(ctx, http.MethodGet, "/img/cat.jpg?w=480")
	})
	for i := 0; i < callers; i += 2 {
		answers[i].want(t, 200, 480, 320)
		if !bytes.Equal(answers[i].body, answers[0].body) {
			t.Fatalf("answers 0 and %d differ", i)
		}
	}
	for series, want := range map[string]float64{
		`imgorigin_fills_total{result="ok"}`: 1, "imgorigin_decodes_total": 1,
	} {
		if got := o.metric(series); got != want {
			t.Errorf("%s: got %v, want %v", series, got, want)
		}
	}
	if got := a.opens.Load(); got != 1 {
		t.Errorf("the original was opened %d times, want once", got)
	}
}

// The client that began a fill leaves: the fill goes on, for the other clients and for the store.
func TestFillOutlivesItsLeader(t *testing.T) {
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", photo(80, 60, 1))
	opened, goOn := make(chan struct{}), make(chan struct{})
	a.onOpen = func(context.Context, string) { close(opened); <-goOn }
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20})
	leader, hangUp := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := o.try(leader, http.MethodGet, "/img/cat.jpg?w=160")
		left <- err
	}()
	<-opened
	hangUp()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("the leader got %v, want its own cancellation", err)
	}
	close(goOn)
	if err := o.Shutdown(t.Context()); err != nil { // waits for the fill
		t.Fatal(err)
	}
	if len(variantsIn(store)) != 1 {
		t.Errorf("got %d variants in the store, want the one without a client", len(variantsIn(store)))
	}
}

func TestManySizesAtOnceAreOneDecode(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	arrived := make(chan struct{})
	a.onOpen = func(context.Context, string) { <-arrived }
	o := start(t, Config{Originals: a, Memory: 1 << 20, URLs: URLs{Exact: true}, Revalidate: time.Minute})
	const sizes = 20
	go func() {
		defer close(arrived)
		await(func() bool { return o.batchLen("cat.jpg") >= sizes })
	}()
	together(sizes, func(i int) {
		o.get(fmt.Sprintf("/img/cat.jpg?w=%d", 100+i*4)).want(t, 200, 100+i*4, 75+i*3)
	})
	if got := o.metric("imgorigin_decodes_total"); got != 1 {
		t.Errorf("got %v decodes for %d sizes, want 1", got, sizes)
	}
}

// A rectangle outside the image fails its own request only.
func TestOneBadRectangleInABatch(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(800, 600, 1))
	arrived := make(chan struct{})
	a.onOpen = func(context.Context, string) { <-arrived }
	o := start(t, Config{Originals: a, Memory: 1 << 20, URLs: URLs{Exact: true}, Revalidate: time.Minute})
	go func() {
		defer close(arrived)
		await(func() bool { return o.batchLen("cat.jpg") >= 2 })
	}()
	together(2, func(i int) {
		if i == 0 {
			o.get("/img/cat.jpg?rect=900,0,10,10").want(t, 400, 0, 0)
		} else {
			o.get("/img/cat.jpg?rect=700,0,100,50").want(t, 200, 100, 50)
		}
	})
}

// An original is overwritten, and its variants dropped, while a variant of it is being made: nothing of the old bytes is
// found later, neither in memory nor in the store.
func TestOverwrittenDuringAFill(t *testing.T) {
	red, blue := color.NRGBA{200, 0, 0, 255}, color.NRGBA{0, 0, 200, 255}
	a, store := newOriginals(), newStore()
	a.put("cat.jpg", flat(100, 100, red))
	var once sync.Once
	a.onOpen = func(context.Context, string) { // the red one is open
		once.Do(func() {
			a.put("cat.jpg", flat(100, 100, blue))
			store.Drop(t.Context(), "cat.jpg") // as its event does: too early
		})
	}
	config := Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never}
	o := start(t, config)
	o.get("/img/cat.jpg?w=160").want(t, 200, 100, 100)
	if got := average(t, o.get("/img/cat.jpg?w=160").body); got.B < 190 {
		t.Errorf("from memory: got %v, want blue", got)
	}
	if got := average(t, start(t, config).get("/img/cat.jpg?w=160").body); got.B < 190 {
		t.Errorf("from the store: got %v, want blue", got)
	}
	if got := o.metric(`imgorigin_fills_total{result="overtaken"}`); got != 1 {
		t.Errorf("got %v overtaken fills, want 1", got)
	}
}

// An original that changes all the time is served, and nothing of it is kept.
func TestOverwrittenAllTheTime(t *testing.T) {
	a, store := newOriginals(), newStore()
	var n uint8
	change := func(context.Context, string) { n++; a.put("cat.jpg", photo(100, 100, n)) }
	a.onOpen = change
	change(nil, "")
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	o.get("/img/cat.jpg?w=160").want(t, 200, 100, 100)
	if len(variantsIn(store)) != 0 || o.memory.Len() != 0 {
		t.Errorf("got %d variants stored and %d in memory, want none", len(variantsIn(store)), o.memory.Len())
	}
}

func TestBusy(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	o := start(t, Config{Originals: a, Load: Load{GateBytes: 1, GateQueue: 1, QueueTimeout: time.Nanosecond}})
	leave, err := o.gate.Enter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := o.get("/img/cat.jpg?w=160")
	if got.StatusCode != 503 || got.Header.Get("Retry-After") != "2" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s, Retry-After %q, Cache-Control %q", got.Status, got.Header.Get("Retry-After"), got.Header.Get("Cache-Control"))
	}
	leave()
	o.get("/img/cat.jpg?w=160").want(t, 200, 160, 120)
	o.settle() // requests are answered before the batch ends
	if got := o.gate.Stats().Bytes; got != 0 {
		t.Errorf("got %d bytes in use at the end, want 0", got)
	}
}

// panicEngine is an engine that panics.
type panicEngine struct{ resize.Engine }

func (panicEngine) Each(context.Context, []byte, resize.Job) error {
	panic("index out of range")
}

func TestPanicInAFill(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	o := start(t, Config{Originals: a, Engine: panicEngine{resize.NewEngine(resize.EngineConfig{})}, Memory: 1 << 20})
	for range 2 {
		got := o.get("/img/cat.jpg?w=160")
		if got.StatusCode != 500 || string(got.body) != "internal error\n" || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %s, %q, Cache-Control %q", got.Status, got.body, got.Header.Get("Cache-Control"))
		}
	}
	o.settle()
	if got := o.gate.Stats().Bytes; got != 0 {
		t.Errorf("got %d bytes in use after the panic, want 0", got)
	}
}

// nameless is a store that has no name for any variant.
type nameless struct{ cache.Store }

func (nameless) Get(context.Context, cache.Key) (*cache.Variant, error) { return nil, fs.ErrNotExist }
func (nameless) Put(context.Context, cache.Key, *cache.Variant) error   { return cache.ErrName }
func (nameless) Drop(context.Context, string) error                     { return nil }

func TestNamesTooLongAreServedAndNotStored(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(400, 300, 1))
	o := start(t, Config{Originals: a, Store: nameless{}, Memory: 1 << 20})
	o.get("/img/cat.jpg?w=160").want(t, 200, 160, 120)
	if got := o.metric(`imgorigin_store_errors_total{act="put"}`); got != 0 {
		t.Errorf("got %v put errors, want none", got)
	}
}

// batchLen returns how many transforms have joined the newest batch of an original that can be joined.
func (o *origin) batchLen(original string) int { return len(o.joinable(original).Transforms) }
