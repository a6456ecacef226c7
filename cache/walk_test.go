package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// A walk over a bucket makes a request for each 1,000 variants, and skips objects that are not variants.
func TestS3StoreWalk(t *testing.T) {
	server, s := s3Store(t)
	for i := range 500 {
		for _, transform := range []string{"w=1.webp", "w=2.webp", "w=3.webp", "w=4.webp", "w=5.webp"} {
			server.PutObject("variants", fmt.Sprintf("v1/2026/%03d.jpg/%s", i, transform), []byte("v"))
		}
	}
	for _, name := range []string{"v1/", "v1/state.json", "v1/2026/", "v1/a/.hidden", "v2/b/w=1.webp", "v1//w=1.webp"} {
		server.PutObject("variants", name, []byte("x"))
	}
	n := 0
	for key, err := range s.Originals(t.Context(), "", "") {
		if want := fmt.Sprintf("2026/%03d.jpg", n); err != nil || key != want {
			t.Fatalf("got %q, %v, want %q", key, err, want)
		}
		n++
	}
	if n != 500 || server.Count("list") != 3 {
		t.Errorf("got %d originals from %d lists, want 500 from 3", n, server.Count("list"))
	}
}

// An original whose key no file has is reported, and does not end the walk. Empty folders are none.
func TestFolderStoreWalkWithoutKeys(t *testing.T) {
	dir := t.TempDir()
	s, err := cache.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	originals := []string{"a.jpg", "b\xff.jpg", "empty.jpg", "half.jpg", "z.jpg"}
	for _, original := range originals {
		if err := s.Put(t.Context(), cache.Key{Original: original, Transform: "w=1.webp"}, cachetest.NewVariant("a", 10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), "empty.jpg", "w=1.webp"); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "??", "*", "w=1.webp"))
	if err != nil || len(files) != 4 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil && bytes.Contains(body, []byte("half.jpg")) {
			if err := os.Truncate(file, 5); err != nil {
				t.Fatal(err)
			}
		}
	}
	var keys []string
	nameless := 0
	for key, err := range s.Originals(t.Context(), "", "") {
		switch {
		case errors.Is(err, cache.ErrName):
			nameless++
		case err != nil:
			t.Fatal(err)
		default:
			keys = append(keys, key)
		}
	}
	if slices.Sort(keys); !slices.Equal(keys, []string{"a.jpg", "z.jpg"}) || nameless != 2 {
		t.Errorf("got %q and %d without key, want a.jpg, z.jpg and 2", keys, nameless)
	}
}
