package server

import (
	"context"
	"errors"
	"image/color"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// A puttingStore is a store whose puts fail while isOut is set.
type puttingStore struct {
	cache.Store
	isOut atomic.Bool
	puts  atomic.Int64
}

func (s *puttingStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	s.puts.Add(1)
	if s.isOut.Load() {
		return errors.New("the store is out")
	}
	return s.Store.Put(ctx, k, v)
}

// What was made while the store was out is stored when it is requested again, and then kept long by caches.
func TestStoredLater(t *testing.T) {
	a, variants := newOriginals(), newStore()
	store := &puttingStore{Store: variants}
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never, MaxAge: 24 * time.Hour})
	a.put("cat.jpg", flat(600, 400, color.NRGBA{200, 0, 0, 255}))
	store.isOut.Store(true)
	const brief = "public, max-age=10"
	if got := o.get("/img/cat.jpg?w=320").Header.Get("Cache-Control"); got != brief {
		t.Errorf("while the store is out: got Cache-Control %q, want %q", got, brief)
	}
	o.settle()
	store.isOut.Store(false)
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
	o.settle()
	k := cache.Key{Original: "cat.jpg", Transform: "w=320.auto"}
	if v, err := variants.Get(t.Context(), k); err != nil || v.Unstored {
		t.Errorf("not in the store: %v", err)
	}
	puts := store.puts.Load()
	if got := o.get("/img/cat.jpg?w=320").Header; got.Get("Cache-Control") != o.cacheControl[0] {
		t.Errorf("once it is stored: got Cache-Control %q, want %q", got.Get("Cache-Control"), o.cacheControl)
	}
	o.settle()
	if got := store.puts.Load(); got != puts {
		t.Errorf("got %d more puts, want none", got-puts)
	}
}

// While the store is out, requests for what could not be stored do not add to its load: a variant is tried every ten
// seconds.
func TestStoredLaterIsPaced(t *testing.T) {
	a := newOriginals()
	store := &puttingStore{Store: newStore()}
	store.isOut.Store(true)
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	a.put("cat.jpg", flat(600, 400, color.NRGBA{200, 0, 0, 255}))
	for range 50 {
		o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
		o.settle()
	}
	if got := store.puts.Load(); got != 2 {
		t.Errorf("got %d puts for 50 requests, want that of the fill and one more", got)
	}
}

// An original that was replaced while its variant was not stored: the variant is not left in the store.
func TestStoredLaterOfTheOldState(t *testing.T) {
	a, variants := newOriginals(), newStore()
	store := &puttingStore{Store: variants}
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: Never})
	a.put("cat.jpg", flat(600, 400, color.NRGBA{200, 0, 0, 255}))
	store.isOut.Store(true)
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
	o.settle()
	a.put("cat.jpg", flat(600, 400, color.NRGBA{0, 0, 200, 255}))
	store.isOut.Store(false)
	puts := store.puts.Load()
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
	o.settle()
	if got := variantsIn(variants); len(got) != 0 || store.puts.Load() != puts {
		t.Errorf("got %v in the store, %d puts, want nothing of the old original, not for a moment", got, store.puts.Load()-puts)
	}
	if got := average(t, o.get("/img/cat.jpg?w=320").body); got.B < 190 {
		t.Errorf("got %v, want the new original", got)
	}
}

// While the original can't be looked at, its variant is answered, and not stored: it may be of what was deleted.
func TestStoredLaterIsChecked(t *testing.T) {
	a := newOriginals()
	store := &puttingStore{Store: newStore()}
	o := start(t, Config{Originals: a, Store: store, Memory: 1 << 20, Revalidate: time.Nanosecond})
	a.put("cat.jpg", flat(600, 400, color.NRGBA{200, 0, 0, 255}))
	store.isOut.Store(true)
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
	o.settle()
	store.isOut.Store(false)
	puts := store.puts.Load()
	a.fail(errors.New("out"))
	o.get("/img/cat.jpg?w=320").want(t, 200, 320, 213)
	o.settle()
	if got := store.puts.Load(); got != puts {
		t.Errorf("got %d puts of what may be stale, want none", got-puts)
	}
}
