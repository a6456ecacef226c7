package server

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
)

// The deadline of the store is that of each access: to drop the stale ones of many variants takes as long as it takes.
func TestManyVariantsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore()
		for i := range 200 {
			k := cache.Key{Original: "cat.jpg", Transform: fmt.Sprintf("w=%d.webp", i+1)}
			if err := store.Put(t.Context(), k, cachetest.NewVariant("v", 10)); err != nil {
				t.Fatal(err)
			}
		}
		store.Before = func(context.Context, string, string) error { time.Sleep(time.Second); return nil }
		s, err := New(Config{Originals: newOriginals(), Store: store, Engine: resize.NewEngine(resize.EngineConfig{})})
		if err != nil {
			t.Fatal(err)
		}
		if dropped, _, err := s.DropStale(t.Context(), "cat.jpg", `"new"`); dropped != 200 || err != nil || store.Len() != 0 {
			t.Errorf("got %d dropped, %v, %d left, want all", dropped, err, store.Len())
		}
	})
}

// What a process dropped and did not purge leaves a trace that another one, which purged before, does not remove.
func TestRetireLeavesATraceOfItsOwn(t *testing.T) {
	store := newStore()
	o := start(t, Config{Originals: newOriginals(), Store: store})
	retire := func() (done func(context.Context) error) {
		t.Helper()
		v := cachetest.NewVariant("v", 10)
		if err := store.Put(t.Context(), cache.Key{Original: "gone.jpg", Transform: "w=160.webp"}, v); err != nil {
			t.Fatal(err)
		}
		dropped, done, err := o.Retire(t.Context(), "gone.jpg", "")
		if err != nil || dropped == 0 {
			t.Fatalf("got %d dropped, %v", dropped, err)
		}
		return done
	}
	traces := func() int { return len(store.Variants()) }
	purged := retire()
	later := retire()
	if err := purged(t.Context()); err != nil || traces() != 1 {
		t.Errorf("got %v, %d traces, want that of the second process", err, traces())
	}
	if err := later(t.Context()); err != nil || traces() != 0 {
		t.Errorf("got %v, %d traces, want none after both purges", err, traces())
	}
	if dropped, _, err := o.Retire(t.Context(), "gone.jpg", ""); dropped != 0 || err != nil || traces() != 0 {
		t.Errorf("nothing to drop: got %d dropped, %v, %d traces", dropped, err, traces())
	}
}
