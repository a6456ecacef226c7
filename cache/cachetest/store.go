// Package cachetest holds what every store of variants must do, and a server that speaks S3 for tests.
package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// Weak says what a store behind a store, such as a server that keeps objects as files, can't do.
type Weak struct {
	OddKeys bool // doubled, leading or trailing slashes; keys above 255 bytes; a key below another
}

// TestStore holds a store to the contract of [cache.Store]. new returns an empty one.
func TestStore(t *testing.T, weak Weak, new func(t *testing.T) cache.Store) {
	t.Run("PutGet", func(t *testing.T) { testPutGet(t, weak, new(t)) })
	t.Run("Absent", func(t *testing.T) { testAbsent(t, new(t)) })
	t.Run("Overwrite", func(t *testing.T) { testOverwrite(t, new(t)) })
	t.Run("Drop", func(t *testing.T) { testDrop(t, weak, new(t)) })
	t.Run("DropMany", func(t *testing.T) { testDropMany(t, new(t)) })
	t.Run("Together", func(t *testing.T) { testTogether(t, new(t)) })
	t.Run("Canceled", func(t *testing.T) { testCanceled(t, new(t)) })
}

// NewVariant returns a variant whose body is seed again and again, n bytes of it.
func NewVariant(seed string, n int) *cache.Variant {
	body := bytes.Repeat([]byte(seed), n/len(seed)+1)[:n]
	return &cache.Variant{
		Body: body, MediaType: "image/webp", ETag: cache.ETag(body), OriginalETag: `"of-` + seed + `"`,
		Modified: time.Date(2026, 5, 6, 7, 8, 9, 123456000, time.UTC),
	}
}

func keysOf(weak Weak) []string {
	keys := []string{"cat.jpg", "2026/05/a b.jpg", "a+b&c=d?.jpg", "100%.jpg", "a%2Fb.jpg", "日本/猫 🐈.jpg", "w=1.webp", "...jpg"}
	if !weak.OddKeys {
		keys = append(keys, "a//b.jpg", "/lead.jpg", "trail.jpg/", strings.Repeat("deep/", 180)+"x.jpg", strings.Repeat("x", 700))
	}
	return keys
}

func testPutGet(t *testing.T, weak Weak, s cache.Store) {
	for i, original := range keysOf(weak) {
		k := cache.Key{Original: original, Transform: "w=480,h=270,fit=cover,q=75.webp"}
		want := NewVariant(fmt.Sprint("body", i), 1+i*1000)
		if err := s.Put(t.Context(), k, want); err != nil {
			t.Errorf("put %q: %v", k, err)
			continue
		}
		got, err := s.Get(t.Context(), k)
		if err != nil {
			t.Errorf("get %q: %v", k, err)
			continue
		}
		if !bytes.Equal(got.Body, want.Body) || got.MediaType != want.MediaType || got.ETag != want.ETag ||
			got.OriginalETag != want.OriginalETag || !got.Modified.Equal(want.Modified) {
			t.Errorf("get %q: got %s of %d bytes, %s, %s, %s, want %s of %d, %s, %s, %s", k,
				got.MediaType, len(got.Body), got.ETag, got.OriginalETag, got.Modified,
				want.MediaType, len(want.Body), want.ETag, want.OriginalETag, want.Modified)
		}
	}
}

func testAbsent(t *testing.T, s cache.Store) {
	wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"})
	put(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("a", 10))
	wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: "w=320.webp"})
	wantAbsent(t, s, cache.Key{Original: "cat.jp", Transform: "w=480.webp"})
	if err := s.Drop(t.Context(), "dog.jpg"); err != nil {
		t.Errorf("drop what isn't there: %v", err)
	}
}

func testOverwrite(t *testing.T, s cache.Store) {
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	put(t, s, k, NewVariant("long", 100_000))
	put(t, s, k, NewVariant("short", 10))
	if got, err := s.Get(t.Context(), k); err != nil || string(got.Body) != "shortshort" {
		t.Errorf("got %v, %v, want the second", got, err)
	}
}

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
			k := cache.Key{Original: original, Transform: transform}
			if _, err := s.Get(t.Context(), k); err != nil {
				t.Errorf("get %q after its neighbour's drop: %v", k, err)
			}
		}
	}
	put(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("again", 10))
	if _, err := s.Get(t.Context(), cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}); err != nil {
		t.Errorf("put after a drop: %v", err)
	}
}

func testDropMany(t *testing.T, s cache.Store) {
	const n = 1100 // more than a page of a list
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
		if _, err := s.Get(t.Context(), cache.Key{Original: "cat.jpg", Transform: fmt.Sprintf("w=%d.webp", i+1)}); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("variant %d after the drop: got %v", i, err)
		}
	}
}

// testTogether puts, gets and drops one variant at once: who gets it, gets all of one of those that were put.
func testTogether(t *testing.T, s cache.Store) {
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
					if err := s.Drop(t.Context(), k.Original); err != nil {
						t.Errorf("drop: %v", err)
					}
				case i < 4:
					put(t, s, k, variants[i])
				default:
					v, err := s.Get(t.Context(), k)
					if err == nil && v.ETag != cache.ETag(v.Body) || err == nil && v.OriginalETag != `"of-`+string(v.Body[0])+`"` {
						t.Errorf("got %d bytes of %s, which nobody put", len(v.Body), v.OriginalETag)
					}
					if err != nil && !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("get: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func testCanceled(t *testing.T, s cache.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	if _, err := s.Get(ctx, k); !errors.Is(err, context.Canceled) {
		t.Errorf("get: got %v, want context.Canceled", err)
	}
	if err := s.Put(ctx, k, NewVariant("a", 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got %v, want context.Canceled", err)
	}
	if err := s.Drop(ctx, "cat.jpg"); !errors.Is(err, context.Canceled) {
		t.Errorf("drop: got %v, want context.Canceled", err)
	}
	wantAbsent(t, s, k)
}

func put(t *testing.T, s cache.Store, k cache.Key, v *cache.Variant) {
	t.Helper()
	if err := s.Put(t.Context(), k, v); err != nil {
		t.Errorf("put %q: %v", k, err)
	}
}

func wantAbsent(t *testing.T, s cache.Store, k cache.Key) {
	t.Helper()
	if v, err := s.Get(t.Context(), k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("get %q: got %v, %v, want fs.ErrNotExist", k, v, err)
	}
}
