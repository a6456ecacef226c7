package cache_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

var key = cache.Key{Original: "cat.jpg", Transform: "w=480.webp"}

func openFolder(t *testing.T, dir string) *cache.FolderStore {
	t.Helper()
	s, err := cache.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFolderStore(t *testing.T) {
	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store { return openFolder(t, t.TempDir()) })
}

// onlyFile returns the name of the only file below a folder.
func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	if err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(names) != 1 {
		t.Fatalf("got files %v, want one", names)
	}
	return names[0]
}

// A file that a crash or a disk has damaged is an error at the first Get, never a variant, and absent at the next.
func TestFolderStoreDetectsDamage(t *testing.T) {
	replace := func(from, to string) func([]byte) []byte {
		return func(b []byte) []byte { return []byte(strings.Replace(string(b), from, to, 1)) }
	}
	damages := map[string]func([]byte) []byte{
		"empty":            func([]byte) []byte { return nil },
		"header only":      func(b []byte) []byte { return b[:50] },
		"cut":              func(b []byte) []byte { return b[:len(b)-1] },
		"longer":           func(b []byte) []byte { return append(b, 0) },
		"a bit":            func(b []byte) []byte { b[len(b)-5] ^= 1; return b },
		"zeros":            func(b []byte) []byte { return make([]byte, len(b)) },
		"another original": replace("cat.jpg", "dog.jpg"),
		"later version":    replace(`"v":1`, `"v":2`),
		"another length":   replace(`"length":1000`, `"length":999`),
		"another tag":      replace(`"etag":"\"`, `"etag":"\"0`),
	}
	for name, damage := range damages {
		dir := t.TempDir()
		s := openFolder(t, dir)
		if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 1000)); err != nil {
			t.Fatal(err)
		}
		file := onlyFile(t, dir)
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, damage(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Get(t.Context(), key); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, %v, want an error", name, v, err)
		}
		if v, err := s.Get(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, second get: got %v, %v, want fs.ErrNotExist", name, v, err)
		}
	}
}

// A file of a release that wrote no CRC is read, and its ETag shows damage.
func TestFolderStoreReadsFilesWithoutSum(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	want := cachetest.NewVariant("a", 1000)
	if err := s.Put(t.Context(), key, want); err != nil {
		t.Fatal(err)
	}
	file := onlyFile(t, dir)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	earlier := regexp.MustCompile(`,"crc32c":\d+`).ReplaceAll(raw, nil)
	if len(earlier) == len(raw) {
		t.Fatalf("no CRC in %.300q", raw)
	}
	if err := os.WriteFile(file, earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Get(t.Context(), key); err != nil || !bytes.Equal(v.Body, want.Body) {
		t.Errorf("got %v, %v, want the variant", v, err)
	}
	earlier[len(earlier)-5] ^= 1
	if err := os.WriteFile(file, earlier, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), key); !errors.Is(err, cache.ErrDamaged) {
		t.Errorf("damaged: got %v, want cache.ErrDamaged", err)
	}
}

// OpenFolder removes the temporary files of killed processes, and those of other processes that are alive stay.
func TestFolderStoreSweeps(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	hours := time.Now().Add(-2 * time.Hour)
	leave := func(name string, at time.Time) string {
		name = filepath.Join(dir, ".tmp", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte("half"), 0o600),
			os.Chtimes(name, at, at), os.Chtimes(filepath.Dir(name), at, at)); err != nil {
			t.Fatal(err)
		}
		return name
	}
	written, dropped, fresh := leave("OLD", hours), leave("DROPPED/w=480.webp", hours), leave("FRESH", time.Now())
	reopened := openFolder(t, dir)
	for _, old := range []string{written, filepath.Dir(dropped)} {
		if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the old %s: got %v, want fs.ErrNotExist", old, err)
		}
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the file that another process is writing: got %v", err)
	}
	if _, err := reopened.Get(t.Context(), key); err != nil {
		t.Errorf("the variant: got %v", err)
	}
}

// Puts succeed although another process drops the same original all the time.
func TestFolderStorePutsDuringDrops(t *testing.T) {
	dir := t.TempDir()
	putting, dropping := openFolder(t, dir), openFolder(t, dir)
	v := cachetest.NewVariant("a", 1000)
	var puts, drops sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		puts.Go(func() {
			for range 200 {
				if err := putting.Put(t.Context(), key, v); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		drops.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := dropping.Drop(t.Context(), key.Original); err != nil {
					t.Error(err)
				}
			}
		})
	}
	puts.Wait()
	close(done)
	drops.Wait()
	if left, err := os.ReadDir(filepath.Join(dir, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v left behind", left, err)
	}
}

// When the folder can't be written, each Put and Get is an error, and no temporary file stays.
func TestFolderStoreUnwritable(t *testing.T) {
	// A file in the place of a folder, or a folder in the place of a file, stops even the superuser.
	for name, blocked := range map[string]func(file string) string{
		"the original's folder": filepath.Dir,
		"the file":              func(file string) string { return filepath.Join(file, "x") },
	} {
		dir := t.TempDir()
		s := openFolder(t, dir)
		if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
			t.Fatal(err)
		}
		file := onlyFile(t, dir)
		block := blocked(file)
		if err := errors.Join(os.RemoveAll(filepath.Dir(file)), os.MkdirAll(filepath.Dir(block), 0o700),
			os.WriteFile(block, []byte("in the way"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err == nil {
			t.Errorf("%s: put: got no error", name)
		}
		if v, err := s.Get(t.Context(), key); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: get: got %v, %v, want an error that is not fs.ErrNotExist", name, v, err)
		}
		if got := onlyFile(t, dir); got != block {
			t.Errorf("%s: got the file %s left behind", name, got)
		}
	}
}

// Symbolic links that lead out of the folder are not followed: no file outside is read, written or removed.
func TestFolderStoreStaysInside(t *testing.T) {
	for name, link := range map[string]func(file string) string{
		"a file": func(file string) string { return file }, "a folder": filepath.Dir,
		"all of two digits": func(file string) string { return filepath.Dir(filepath.Dir(file)) },
	} {
		dir := t.TempDir()
		s := openFolder(t, dir)
		if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
			t.Fatal(err)
		}
		inside := link(onlyFile(t, dir))
		outside := filepath.Join(t.TempDir(), "outside")
		if err := errors.Join(os.Rename(inside, outside), os.Symlink(outside, inside)); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Get(t.Context(), key); err == nil {
			t.Errorf("%s: got %s from outside", name, v.Body)
		}
		s.Put(t.Context(), key, cachetest.NewVariant("b", 10))
		s.Drop(t.Context(), key.Original)
		raw, err := os.ReadFile(onlyFile(t, outside))
		if err != nil || !strings.HasSuffix(string(raw), "aaaaaaaaaa") {
			t.Errorf("%s: the file outside: got %q, %v, want it unchanged", name, raw, err)
		}
	}
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, ".tmp")); err != nil {
		t.Fatal(err)
	}
	if s, err := cache.OpenFolder(dir); err == nil {
		s.Close()
		t.Error("opened with a .tmp that leads outside")
	}
}

func TestFolderStoreIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := openFolder(t, dir)
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	file := onlyFile(t, dir)
	for name, want := range map[string]fs.FileMode{dir: 0o700, filepath.Dir(file): 0o700, file: 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got %o, want %o", name, got, want)
		}
	}
	if _, err := cache.OpenFolder(file); err == nil {
		t.Error("opened a file")
	}
}
