package atomicfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/imgorigin/imgorigin/cache/atomicfile"
)

func openRoot(t *testing.T) (root *os.Root, dir string) {
	t.Helper()
	dir = t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir
}

// files returns the names of all files below a folder, in order.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err = filepath.Rel(dir, name)
		names = append(names, filepath.ToSlash(name))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWrite(t *testing.T) {
	for _, test := range []struct{ temp, name string }{
		{".temp-", "cat.jpg"}, {".tmp/", "2026/05/cat.jpg"}, {"2026/.temp-", "2026/cat.jpg"},
	} {
		root, dir := openRoot(t)
		for _, want := range []string{"first, which is longer", "second"} {
			first, second := strings.NewReader(want[:3]), strings.NewReader(want[3:])
			if err := atomicfile.Write(root, test.temp, test.name, first, second); err != nil {
				t.Errorf("%+v: %v", test, err)
			}
			if got, err := root.ReadFile(test.name); string(got) != want || err != nil {
				t.Errorf("%+v: got %q, %v, want %q", test, got, err, want)
			}
		}
		if got := files(t, dir); !slices.Equal(got, []string{test.name}) {
			t.Errorf("%+v: got files %v, want no other", test, got)
		}
	}
}

// A write that ends with an error changes nothing and leaves nothing behind.
func TestWriteFails(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		name string
		last io.Reader
		want error
	}{
		"the reader":                 {"cat.jpg", iotest.ErrReader(broken), broken},
		"a folder has the name":      {"folder", strings.NewReader("b"), nil},
		"a file has a folder's name": {"cat.jpg/x", strings.NewReader("b"), nil},
		"a name outside":             {"../cat.jpg", strings.NewReader("b"), nil},
	} {
		root, dir := openRoot(t)
		err := errors.Join(root.MkdirAll("folder/full", 0o700), root.WriteFile("cat.jpg", []byte("before"), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		err = atomicfile.Write(root, ".tmp/", test.name, strings.NewReader("a"), test.last)
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want an error", name, err)
		}
		if got, err := root.ReadFile("cat.jpg"); string(got) != "before" || err != nil {
			t.Errorf("%s: got %q, %v, want it unchanged", name, got, err)
		}
		if got := files(t, dir); !slices.Equal(got, []string{"cat.jpg"}) {
			t.Errorf("%s: got files %v, want none left behind", name, got)
		}
	}
}

// While two goroutines write one name and a third removes its folder, a reader sees one whole file or none.
func TestWriteTogether(t *testing.T) {
	root, dir := openRoot(t)
	bodies := []string{strings.Repeat("a", 100_000), strings.Repeat("b", 50_000)}
	var writers, others sync.WaitGroup
	done := make(chan struct{})
	for _, body := range bodies {
		writers.Go(func() {
			for range 100 {
				if err := atomicfile.Write(root, ".tmp/", "folder/cat.jpg", strings.NewReader(body)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	until := func(act func()) func() {
		return func() {
			for {
				select {
				case <-done:
					return
				default:
					act()
				}
			}
		}
	}
	others.Go(until(func() {
		root.Rename("folder", "removed")
		root.RemoveAll("removed")
	}))
	others.Go(until(func() {
		got, err := root.ReadFile("folder/cat.jpg")
		if err == nil && !slices.Contains(bodies, string(got)) {
			t.Errorf("got %d bytes that were not written", len(got))
		}
	}))
	writers.Wait()
	close(done)
	others.Wait()
	root.RemoveAll("folder")
	root.RemoveAll("removed")
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("got files %v left behind", got)
	}
}
