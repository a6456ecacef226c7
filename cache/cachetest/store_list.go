package cachetest

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

func testStat(t *testing.T, s cache.Store) {
	k, v := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("a", 100_000)
	if _, err := s.Stat(t.Context(), k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat of an absent variant: got %v, want fs.ErrNotExist", err)
	}
	put(t, s, k, v)
	wantDescribed(t, s, k, v)
	draft := *v
	draft.Draft = true
	put(t, s, k, &draft)
	wantDescribed(t, s, k, &draft)
	wantList(t, s, k.Original, cache.Stored{Transform: k.Transform, OriginalETag: v.OriginalETag, Draft: true})
	if got, err := s.Get(t.Context(), k); err != nil || !got.Draft {
		t.Errorf("get of a draft: got %+v, %v", got, err)
	}
	put(t, s, k, v)
	if got, err := s.Get(t.Context(), k); err != nil || got.Draft {
		t.Errorf("get of what replaced a draft: got %+v, %v", got, err)
	}
	if _, err := s.Stat(t.Context(), cache.Key{Original: "cat.jpg", Transform: "../w=480.webp"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat of a name that no variant has: got %v, want fs.ErrNotExist", err)
	}
}

// wantDescribed tests that Stat describes a variant.
func wantDescribed(t *testing.T, s cache.Store, k cache.Key, want *cache.Variant) {
	t.Helper()
	got, err := s.Stat(t.Context(), k)
	if err != nil {
		t.Errorf("stat: %v", err)
		return
	}
	if got.Body != nil || got.Size != int64(len(want.Body)) || got.OriginalETag != want.OriginalETag ||
		got.MediaType != want.MediaType || got.Draft != want.Draft || !got.Modified.Equal(want.Modified) {
		t.Errorf("stat: got %+v, want that of a body of %d bytes: %+v", got, len(want.Body), want)
	}
}

// neighboursOf returns originals whose variants have names like those of cat.jpg.
func neighboursOf(weak Weak) []string {
	neighbours := []string{"cat.jpg2", "cat.jp", "cat", "at.jpg"}
	if !weak.OddKeys {
		neighbours = append(neighbours, "cat.jpg/", "cat.jpg/x.jpg", "cat.jpg/w=480.webp", "/cat.jpg")
	}
	return neighbours
}

func testList(t *testing.T, weak Weak, s cache.Store) {
	wantList(t, s, "cat.jpg")
	for _, neighbour := range neighboursOf(weak) {
		put(t, s, cache.Key{Original: neighbour, Transform: "w=1.webp"}, NewVariant("n", 10))
	}
	put(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("a", 10))
	put(t, s, cache.Key{Original: "cat.jpg", Transform: "full.auto"}, NewVariant("b", 10))
	wantList(t, s, "cat.jpg", cache.Stored{Transform: "full.auto", OriginalETag: `"of-b"`},
		cache.Stored{Transform: "w=480.webp", OriginalETag: `"of-a"`})
	wantList(t, s, "")
	wantList(t, s, "dog.jpg")
}

func testDelete(t *testing.T, weak Weak, s cache.Store) {
	for _, original := range append(neighboursOf(weak), "cat.jpg") {
		for _, transform := range []string{"w=1.webp", "w=2.webp", "w=3.webp"} {
			put(t, s, cache.Key{Original: original, Transform: transform}, NewVariant("a", 10))
		}
	}
	if err := s.Delete(t.Context(), "cat.jpg", "w=1.webp", "w=3.webp", "w=4.webp", "../w=2.webp"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := s.Delete(t.Context(), "cat.jpg"); err != nil {
		t.Errorf("delete of nothing: %v", err)
	}
	wantList(t, s, "cat.jpg", cache.Stored{Transform: "w=2.webp", OriginalETag: `"of-a"`})
	for _, neighbour := range neighboursOf(weak) {
		if transforms, err := s.Transforms(t.Context(), neighbour); err != nil || len(transforms) != 3 {
			t.Errorf("%q: got %d variants, %v, want 3", neighbour, len(transforms), err)
		}
	}
}

func testDropStale(t *testing.T, weak Weak, s cache.Store) {
	for i, seed := range []string{"old", "new", "old", "older"} {
		for _, original := range append(neighboursOf(weak), "cat.jpg") {
			put(t, s, cache.Key{Original: original, Transform: []string{"a", "b", "c", "d"}[i]}, NewVariant(seed, 10))
		}
	}
	dropped, kept, err := cache.DropStale(t.Context(), s, "cat.jpg", `"of-new"`)
	if err != nil || dropped != 3 || kept != 1 {
		t.Errorf("got %d dropped, %d kept, %v, want a, c and d, and b", dropped, kept, err)
	}
	wantList(t, s, "cat.jpg", cache.Stored{Transform: "b", OriginalETag: `"of-new"`})
	for _, neighbour := range neighboursOf(weak) {
		if transforms, err := s.Transforms(t.Context(), neighbour); err != nil || len(transforms) != 4 {
			t.Errorf("%q: got %d variants, %v, want 4", neighbour, len(transforms), err)
		}
	}
}

// wantList tests that the store lists some variants of an original, in any order, and no others.
func wantList(t *testing.T, s cache.Store, original string, want ...cache.Stored) {
	t.Helper()
	got, err := cache.List(t.Context(), s, original)
	slices.SortFunc(got, func(a, b cache.Stored) int { return cmp.Compare(a.Transform, b.Transform) })
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("list %q: got %v, %v, want %v", original, got, err, want)
	}
}
