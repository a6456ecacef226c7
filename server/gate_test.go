package server

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// A gateWatch has each call of a bucket wait until the gate is empty. The call is inside of the gate if that does not
// happen while the call lasts.
type gateWatch struct {
	originals.Source
	cache.Store
	mu     sync.Mutex
	origin *origin
	calls  int
	inside []string
}

func (w *gateWatch) called(what string) {
	w.mu.Lock()
	w.calls++
	o := w.origin
	if len(w.inside) > 0 {
		o = nil // the test has failed, and need not wait again
	}
	w.mu.Unlock()
	// What is computed meanwhile, of the same fill or in advance, takes less than this.
	for end := time.Now().Add(time.Minute); o != nil && o.gate.Stats().Bytes > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.mu.Lock()
			w.inside = append(w.inside, what)
			w.mu.Unlock()
			return
		}
	}
}

type watchedOriginals struct{ *gateWatch }

func (w watchedOriginals) Open(ctx context.Context, key string) (*originals.Original, error) {
	w.called("open " + key)
	return w.Source.Open(ctx, key)
}

func (w watchedOriginals) Stat(ctx context.Context, key string) (originals.Info, error) {
	w.called("stat " + key)
	return w.Source.Stat(ctx, key)
}

type watchedStore struct{ *gateWatch }

func (w watchedStore) Get(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	w.called("get " + k.String())
	return w.Store.Get(ctx, k)
}

func (w watchedStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	w.called("open " + k.String())
	return w.Store.Open(ctx, k, offset)
}

func (w watchedStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	w.called("put " + k.String())
	return w.Store.Put(ctx, k, v)
}

func (w watchedStore) Stat(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	w.called("stat " + k.String())
	return w.Store.Stat(ctx, k)
}

func (w watchedStore) Transforms(ctx context.Context, original string) ([]string, error) {
	w.called("list " + original)
	return w.Store.Transforms(ctx, original)
}

func (w watchedStore) Delete(ctx context.Context, original string, transforms ...string) error {
	w.called("delete " + original)
	return w.Store.Delete(ctx, original, transforms...)
}

func (w watchedStore) Drop(ctx context.Context, original string) error {
	w.called("drop " + original)
	return w.Store.Drop(ctx, original)
}

// No bucket is called while a fill holds memory of the gate or a processor, but to read the original's body: the time
// that a bucket takes would be taken from every other fill.
func TestNoBucketInsideTheGate(t *testing.T) {
	if testing.Short() {
		t.Skip("one request at a time, many pixels")
	}
	a := newOriginals()
	w := &gateWatch{Source: a, Store: newStore()}
	o := start(t, Config{
		Originals: watchedOriginals{w}, Store: watchedStore{w}, Revalidate: Never,
		Prefetch: Prefetch{Widths: []int{160, 320, 640}, MezzanineSide: 2048},
	})
	w.mu.Lock()
	w.origin = o
	w.mu.Unlock()
	for i, size := range [][2]int{{4000, 3000}, {1600, 1200}, {60, 40}} {
		key := fmt.Sprintf("%d.jpg", i)
		a.put(key, photo(size[0], size[1], uint8(i)))
		for _, query := range []string{"w=480", "w=320", "w=1280", "w=200&h=200&fit=cover&fm=png"} {
			o.get("/img/"+key+"?"+query).want(t, 200, 0, 0)
			o.settle()
		}
		if _, _, err := o.Warm(t.Context(), key, []resize.Transform{{Width: 96}, {Width: 800}}); err != nil {
			t.Error(err)
		}
		a.put(key, photo(size[0], size[1], uint8(i+9))) // the stored variants are of an older state now
		o.get("/img/"+key+"?w=500").want(t, 200, 0, 0)
		o.settle()
		o.get("/info/"+key).want(t, 200, 0, 0)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls < 50 || len(w.inside) > 0 {
		t.Errorf("%d of %d calls of buckets were inside of the gate: %q", len(w.inside), w.calls, w.inside)
	}
}
