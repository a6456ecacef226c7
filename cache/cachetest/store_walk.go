package cachetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

// testWalk tests a store that is a [cache.Walker]: a walk yields each original once, and one that begins after any of
// them yields those that followed it.
func testWalk(t *testing.T, weak Weak, s cache.Store) {
	walker, ok := s.(cache.Walker)
	if !ok {
		t.Skip("the store can't be walked")
	}
	wantWalk(t, walker, "", "", nil)
	originals := append(keysOf(weak), "cat.jpg2", "cat.jp", "2026/05", "2026/06/a.jpg", "2026/w.jpg")
	if !weak.OddKeys {
		originals = append(originals, "cat.jpg/x.jpg", "cat.jpg/w=480.webp", "2026", "2026/05/a b.jpg/deep/x.jpg")
	}
	slices.Sort(originals)
	for _, original := range originals {
		for _, transform := range []string{"!", "w=1.webp", "w=2.webp", "~"} { // names that sort around those of deeper originals
			put(t, s, cache.Key{Original: original, Transform: transform}, NewVariant("a", 10))
		}
	}
	order := wantWalk(t, walker, "", "", originals)
	for i, after := range order {
		var again []string // may be yielded once more
		for _, original := range order[:i] {
			if strings.HasPrefix(after, original+"/") || strings.HasPrefix(original, after+"/") {
				again = append(again, original)
			}
		}
		got := walk(t, walker, "", after)
		got = slices.DeleteFunc(got, func(key string) bool { return slices.Contains(again, key) })
		if !slices.Equal(got, order[i+1:]) {
			t.Errorf("after %q: got %q, want %q", after, got, order[i+1:])
		}
	}
	for _, prefix := range []string{"2026", "2026/", "2026/0", "2026/05/a", "cat.jpg", "z"} {
		var want []string
		for _, original := range originals {
			if strings.HasPrefix(original, prefix) {
				want = append(want, original)
			}
		}
		wantWalk(t, walker, prefix, "", want)
	}
	testWalkEnds(t, walker)
}

// testWalkEnds tests that a walk ends when its caller wants no more, and with an error when its context ends.
func testWalkEnds(t *testing.T, walker cache.Walker) {
	n := 0
	for range walker.Originals(t.Context(), "", "") {
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d originals, want one and the end", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for key, err := range walker.Originals(ctx, "", "") {
		if last = err; err == nil {
			t.Errorf("canceled: got %q", key)
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("canceled: got %v, want context.Canceled", last)
	}
}

// wantWalk tests that a walk yields some originals, each once, in any order, and returns them in the order of the walk.
func wantWalk(t *testing.T, walker cache.Walker, prefix, after string, want []string) []string {
	t.Helper()
	got := walk(t, walker, prefix, after)
	if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, want) {
		t.Errorf("prefix %q: got %q, want %q", prefix, sorted, want)
	}
	return got
}

func walk(t *testing.T, walker cache.Walker, prefix, after string) (originals []string) {
	t.Helper()
	for key, err := range walker.Originals(t.Context(), prefix, after) {
		if err != nil {
			t.Errorf("walk: %v", err)
			return originals
		}
		originals = append(originals, key)
	}
	return originals
}
