// Package cachetest has the conformance suite that every store of variants must pass, and a server for tests that
// speaks the S3 protocol.
//
//	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store { return newStore(t.TempDir()) })
//
//	server := cachetest.NewS3(t)
//	server.CreateBucket("photos")
//	server.PutObject("photos", "cat.jpg", body)
//	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool { … })
//	use(server.Client())
//	if server.Count("get") != 1 { … }
package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// Weak lists what a store can't do because of the server behind it, such as one that keeps objects as files. The zero
// value is a store that can do everything.
type Weak struct {
	// OddKeys is set when the store can't keep keys with doubled, leading or trailing slashes, of more than 255 bytes,
	// below another key, or that are not UTF-8.
	OddKeys bool

	// Races is set when operations on one key that overlap may fail. Even then, none may return a wrong variant.
	Races bool
}

// TestStore tests that a store keeps the contract of [cache.Store], except for what weak lists. new returns an empty
// store.
func TestStore(t *testing.T, weak Weak, new func(t *testing.T) cache.Store) {
	t.Run("PutGet", func(t *testing.T) { testPutGet(t, weak, new(t)) })
	t.Run("Open", func(t *testing.T) { testOpen(t, new(t)) })
	t.Run("NoName", func(t *testing.T) { testNoName(t, weak, new(t)) })
	t.Run("Absent", func(t *testing.T) { testAbsent(t, new(t)) })
	t.Run("Empty", func(t *testing.T) { testEmpty(t, new(t)) })
	t.Run("Overwrite", func(t *testing.T) { testOverwrite(t, new(t)) })
	t.Run("Stat", func(t *testing.T) { testStat(t, new(t)) })
	t.Run("List", func(t *testing.T) { testList(t, weak, new(t)) })
	t.Run("Delete", func(t *testing.T) { testDelete(t, weak, new(t)) })
	t.Run("DropStale", func(t *testing.T) { testDropStale(t, weak, new(t)) })
	t.Run("Drop", func(t *testing.T) { testDrop(t, weak, new(t)) })
	t.Run("DropMany", func(t *testing.T) { testDropMany(t, new(t)) })
	t.Run("Walk", func(t *testing.T) { testWalk(t, weak, new(t)) })
	t.Run("Together", func(t *testing.T) { testTogether(t, weak, new(t)) })
	t.Run("Canceled", func(t *testing.T) { testCanceled(t, new(t)) })
}

// NewVariant returns a variant whose body is seed again and again, n bytes of it.
func NewVariant(seed string, n int) *cache.Variant {
	body := bytes.Repeat([]byte(seed), n/len(seed)+1)[:n]
	return &cache.Variant{
		Body: body, MediaType: "image/webp", ETag: cache.ETag(body), OriginalETag: `"of-` + seed + `"`,
		Modified: time.Date(2026, 5, 6, 7, 8, 9, 123456000, time.UTC), Note: "of " + seed,
	}
}

// keysOf returns keys of originals that a store must be able to name.
func keysOf(weak Weak) []string {
	keys := []string{
		"cat.jpg", "2026/05/a b.jpg", "a+b&c=d?.jpg", "100%.jpg", "a%2Fb.jpg", "日本/猫 🐈.jpg", "w=1.webp", "...jpg",
	}
	if !weak.OddKeys {
		keys = append(keys, "a//b.jpg", "/lead.jpg", "trail.jpg/")
		keys = append(keys, strings.Repeat("deep/", 180)+"x.jpg", strings.Repeat("x", 700))
	}
	return keys
}

func testPutGet(t *testing.T, weak Weak, s cache.Store) {
	for i, original := range keysOf(weak) {
		k := cache.Key{Original: original, Transform: "w=480,h=270,fit=cover,q=75.webp"}
		want := NewVariant(fmt.Sprint("body", i), 1+i*1000)
		put(t, s, k, want)
		wantVariant(t, s, k, want)
	}
}

// testOpen reads a variant from several offsets, in pieces and whole.
func testOpen(t *testing.T, s cache.Store) {
	k, want := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("body", 100_000)
	put(t, s, k, want)
	for _, offset := range []int64{0, 1, 70_000, 99_999} {
		opened, err := s.Open(t.Context(), k, offset)
		if err != nil {
			t.Errorf("open at %d: %v", offset, err)
			continue
		}
		got, err := io.ReadAll(opened)
		opened.Close()
		if err != nil || !bytes.Equal(got, want.Body[offset:]) {
			t.Errorf("open at %d: got %d bytes, %v", offset, len(got), err)
		}
		if opened.Body != nil || opened.Size != 100_000 || opened.ETag != want.ETag || opened.OriginalETag != want.OriginalETag ||
			opened.MediaType != want.MediaType || !opened.Modified.Equal(want.Modified) || opened.Note != want.Note {
			t.Errorf("open at %d: got %+v, want %+v", offset, opened.Variant, want)
		}
	}
	opened, err := s.Open(t.Context(), k, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := opened.ReadAll()
	if err != nil || !bytes.Equal(got.Body, want.Body) || got.Size != 0 || got.ETag != want.ETag {
		t.Errorf("read whole: got %d bytes, %v", len(got.Body), err)
	}
}

// testNoName puts keys that no store may name, and keys that only some stores can name.
func testNoName(t *testing.T, weak Weak, s cache.Store) {
	v := NewVariant("a", 10)
	for _, k := range []cache.Key{
		{Original: "", Transform: "w=480.webp"}, {Original: "a\x00b.jpg", Transform: "w=480.webp"},
		{Original: "cat.jpg", Transform: ""}, {Original: "cat.jpg", Transform: "."}, {Original: "cat.jpg", Transform: ".."},
		{Original: "cat.jpg", Transform: "x/w=480.webp"}, {Original: "cat.jpg", Transform: "../w=480.webp"},
		{Original: "cat.jpg", Transform: `x\w=480.webp`}, {Original: "cat.jpg", Transform: "a\x00"},
		{Original: "cat.jpg", Transform: strings.Repeat("x", 1025)},
	} {
		if err := s.Put(t.Context(), k, v); !errors.Is(err, cache.ErrName) {
			t.Errorf("put %q: got %v, want cache.ErrName", k, err)
		}
		wantAbsent(t, s, k)
	}
	if weak.OddKeys {
		return
	}
	for _, original := range []string{
		strings.Repeat("x", 2000), "not UTF-8: \xff.jpg", "bell\a.jpg", "line\nbreak.jpg", "return\r.jpg", "\uffff.jpg",
		"a/../b.jpg", "./c.jpg", "..",
	} {
		k := cache.Key{Original: original, Transform: "w=480.webp"}
		err := s.Put(t.Context(), k, v)
		switch {
		case err == nil:
			wantVariant(t, s, k, v)
		case errors.Is(err, cache.ErrName):
			wantAbsent(t, s, k)
		default:
			t.Errorf("put %q: got %v, want it stored or cache.ErrName", k, err)
		}
		if err := s.Drop(t.Context(), original); err != nil {
			t.Errorf("drop %q: %v", original, err)
		}
		wantAbsent(t, s, k)
	}
}

func testAbsent(t *testing.T, s cache.Store) {
	wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"})
	put(t, s, cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}, NewVariant("a", 10))
	wantAbsent(t, s, cache.Key{Original: "cat.jpg", Transform: "w=320.webp"})
	wantAbsent(t, s, cache.Key{Original: "cat.jp", Transform: "w=480.webp"})
	if err := s.Drop(t.Context(), "dog.jpg"); err != nil {
		t.Errorf("drop of an absent original: %v", err)
	}
}

func testEmpty(t *testing.T, s cache.Store) {
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	v := NewVariant("a", 1)
	v.Body, v.ETag = nil, cache.ETag(nil)
	if err := s.Put(t.Context(), k, v); err == nil {
		t.Error("put of an empty body: got no error")
	}
	wantAbsent(t, s, k)
}

func testOverwrite(t *testing.T, s cache.Store) {
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	put(t, s, k, NewVariant("long", 100_000))
	put(t, s, k, NewVariant("short", 10))
	if got, err := s.Get(t.Context(), k); err != nil || string(got.Body) != "shortshort" {
		t.Errorf("got %v, %v, want the second variant", got, err)
	}
}

func testCanceled(t *testing.T, s cache.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}
	if _, err := s.Get(ctx, k); !errors.Is(err, context.Canceled) {
		t.Errorf("get: got %v, want context.Canceled", err)
	}
	if _, err := s.Open(ctx, k, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("open: got %v, want context.Canceled", err)
	}
	if err := s.Put(ctx, k, NewVariant("a", 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got %v, want context.Canceled", err)
	}
	if err := s.Drop(ctx, "cat.jpg"); !errors.Is(err, context.Canceled) {
		t.Errorf("drop: got %v, want context.Canceled", err)
	}
	if _, err := s.Stat(ctx, k); !errors.Is(err, context.Canceled) {
		t.Errorf("stat: got %v, want context.Canceled", err)
	}
	if _, err := s.Transforms(ctx, "cat.jpg"); !errors.Is(err, context.Canceled) {
		t.Errorf("list: got %v, want context.Canceled", err)
	}
	if err := s.Delete(ctx, "cat.jpg", k.Transform); !errors.Is(err, context.Canceled) {
		t.Errorf("delete: got %v, want context.Canceled", err)
	}
	wantAbsent(t, s, k)
}

func put(t *testing.T, s cache.Store, k cache.Key, v *cache.Variant) {
	t.Helper()
	if err := s.Put(t.Context(), k, v); err != nil {
		t.Errorf("put %q: %v", k, err)
	}
}

func wantVariant(t *testing.T, s cache.Store, k cache.Key, want *cache.Variant) {
	t.Helper()
	got, err := s.Get(t.Context(), k)
	if err != nil {
		t.Errorf("get %q: %v", k, err)
		return
	}
	if !bytes.Equal(got.Body, want.Body) || got.MediaType != want.MediaType || got.ETag != want.ETag ||
		got.OriginalETag != want.OriginalETag || !got.Modified.Equal(want.Modified) || got.Note != want.Note {
		t.Errorf("get %q: got %s of %d bytes, %s, %s, %s, %q, want %s of %d, %s, %s, %s, %q", k,
			got.MediaType, len(got.Body), got.ETag, got.OriginalETag, got.Modified, got.Note,
			want.MediaType, len(want.Body), want.ETag, want.OriginalETag, want.Modified, want.Note)
	}
}

func wantAbsent(t *testing.T, s cache.Store, k cache.Key) {
	t.Helper()
	if v, err := s.Get(t.Context(), k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("get %q: got %v, %v, want fs.ErrNotExist", k, v, err)
	}
	if _, err := s.Open(t.Context(), k, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open %q: got %v, want fs.ErrNotExist", k, err)
	}
}
