package cachetest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

func testDrop(t *testing.T, weak Weak, s cache.Store) {
	neighbours := []string{"cat.jpg2", "cat.jp", "cat", "at.jpg", "CAT.jpg"}
	if !weak.OddKeys {
		neighbours = append(neighbours, "cat.jpg/", "cat.jpg/x.jpg", "cat.jpg/w=480.webp", "/cat.jpg")
	}
	transforms := []string{"w=480.webp", "w=320.webp", "full.auto"}
	for _, original := range append(neighbours, "cat.jpg") {
		for _, transform := range transforms {
			put(t, s, cache.Key{Original: original, Transform: transform}, NewVariant(original, 10))
		}
	}
	if err := s.Drop(t.Context(), "cat.jpg"); err != nil {
		t.Fatal(err)
	}
	for _, transform := range transforms {
		wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: transform})
		for _, original := range neighbours {
			wantVariant(t, s, cache.Key{Original: original, Transform: transform}, NewVariant(original, 10))
		}
	}
	k, next := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("next", 10)
	put(t, s, k, next)
	wantVariant(t, s, k, next)
}

func testDropMany(t *testing.T, s cache.Store) {
	const n = 1100 // more than a page of a list, which has 1,000 objects
	v := NewVariant("x", 1)
	var wg sync.WaitGroup
	for part := range 8 {
		wg.Go(func() {
			for i := part; i < n; i += 8 {
				put(t, s, cache.Key{Original: "cat.jpg", Transform: fmt.Sprintf("w=%d.webp", i+1)}, v)
			}
		})
	}
	wg.Wait()
	if err := s.Drop(t.Context(), "cat.jpg"); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: fmt.Sprintf("w=%d.webp", i+1)})
	}
}

// testTogether puts, gets and drops one key concurrently: every Get returns one of the variants that were put, whole,
// or none.
func testTogether(t *testing.T, weak Weak, s cache.Store) {
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	var variants []*cache.Variant
	for i := range 4 {
		variants = append(variants, NewVariant(string(rune('a'+i)), 20_000+i*30_000))
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				switch {
				case i == 0 && j%5 == 4:
					if err := s.Drop(t.Context(), k.Original); err != nil && !weak.Races {
						t.Errorf("drop: %v", err)
					}
				case i < 4:
					if err := s.Put(t.Context(), k, variants[i]); err != nil && !weak.Races {
						t.Errorf("put: %v", err)
					}
				default:
					wantOneOf(t, weak, s, k, variants)
				}
			}
		})
	}
	wg.Wait()
	put(t, s, k, variants[0]) // after the race, the store works as before
	wantVariant(t, s, k, variants[0])
}

// wantOneOf tests that Get returns one of some variants, or none.
func wantOneOf(t *testing.T, weak Weak, s cache.Store, k cache.Key, variants []*cache.Variant) {
	got, err := s.Get(t.Context(), k)
	if errors.Is(err, fs.ErrNotExist) || err != nil && weak.Races {
		return
	}
	if err != nil {
		t.Errorf("get: %v", err)
		return
	}
	if !slices.ContainsFunc(variants, func(v *cache.Variant) bool {
		return bytes.Equal(got.Body, v.Body) && got.ETag == v.ETag && got.OriginalETag == v.OriginalETag
	}) {
		t.Errorf("got %d bytes of %s, which were not put", len(got.Body), got.OriginalETag)
	}
}
