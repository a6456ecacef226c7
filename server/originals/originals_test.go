package originals

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/imgorigin/imgorigin/cache/cachetest"
)

func TestFolder(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	dir := t.TempDir()
	for name, body := range map[string]string{
		outside: "secret", filepath.Join(dir, "a b.jpg"): "one", filepath.Join(dir, "sub/ü.jpg"): "two",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"link.jpg": outside, "up.jpg": "../" + filepath.Base(outside), "zero.jpg": "/dev/zero", "out": filepath.Dir(outside),
		"none.jpg": "no.jpg", "loop.jpg": "loop.jpg", "in.jpg": "a b.jpg",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	o := Folder{root.FS()}

	testOriginal(t, o, "a b.jpg", "one")
	testOriginal(t, o, "sub/ü.jpg", "two")
	testOriginal(t, o, "in.jpg", "one")
	testOriginal(t, Folder{fstest.MapFS{"embedded.jpg": {Data: []byte("three")}}}, "embedded.jpg", "three")
	for _, key := range []string{"no.jpg", "sub", "sub//ü.jpg", "/sub/ü.jpg", "a b.jpg/x", "../secret", strings.Repeat("x", 900),
		"a\x00b.jpg", "link.jpg", "up.jpg", "zero.jpg", "out/secret", "none.jpg", "loop.jpg",
	} {
		if _, err := o.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: got %v, want fs.ErrNotExist", key, err)
		}
		if _, err := o.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %q: got %v, want fs.ErrNotExist", key, err)
		}
	}
}

func TestS3(t *testing.T) {
	s3 := cachetest.NewS3(t)
	s3.CreateBucket("photos")
	s3.PutObject("photos", "2026/a b+ü.jpg", []byte("one"))
	o := S3{Client: s3.Client(), Bucket: "photos", Prefix: "2026/"}
	testOriginal(t, o, "a b+ü.jpg", "one")
	for _, key := range []string{"no.jpg", "2026/a b+ü.jpg"} {
		if _, err := o.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: got %v, want fs.ErrNotExist", key, err)
		}
		if _, err := o.Stat(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("stat %q: got %v, want fs.ErrNotExist", key, err)
		}
	}

	// Without s3:ListBucket a missing key is a 403, and so is every key behind a broken policy.
	s3.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	_, err := o.Open(t.Context(), "a b+ü.jpg")
	if errors.Is(err, fs.ErrNotExist) || err == nil || !strings.Contains(err.Error(), "s3:ListBucket") {
		t.Errorf("open, forbidden: got %v, want a hint at s3:ListBucket", err)
	}
}

func testOriginal(t *testing.T, o Source, key, want string) {
	t.Helper()
	got, err := o.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("open %q: %v", key, err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil || string(body) != want || got.Size != int64(len(want)) || got.ETag == "" {
		t.Errorf("open %q: got %q, %+v, %v, want %q", key, body, got.Info, err, want)
	}
	info, err := o.Stat(t.Context(), key)
	if err != nil || info != got.Info {
		t.Errorf("stat %q: got %+v, %v, want %+v", key, info, err, got.Info)
	}
}

// A folder behind a link is followed when the link is swapped. Nothing leads out of it, before and after.
func TestDirFollowsItsLink(t *testing.T) {
	dir := t.TempDir()
	current := filepath.Join(dir, "current")
	link := func(release string) {
		t.Helper()
		folder := filepath.Join(dir, release)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "cat.jpg"), []byte(release), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(folder, "link.jpg")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(folder, current+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(current+".new", current); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link("r1")
	d, err := OpenDir(current)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, release := range []string{"r1", "r2", "r3"} {
		if release != "r1" {
			link(release)
			d.looked = d.looked.Add(-followAfter)
		}
		testOriginal(t, Folder{d}, "cat.jpg", release)
		if _, err := d.Open("link.jpg"); err == nil {
			t.Errorf("%s: a link leads out of the folder", release)
		}
	}
	if err := os.Remove(current); err != nil {
		t.Fatal(err)
	}
	d.looked = d.looked.Add(-followAfter)
	testOriginal(t, Folder{d}, "cat.jpg", "r3") // while there is none
}

// An object with an earlier version, or a delete marker before it, was there before. Others whose names it begins are not
// meant.
func TestS3Overwritten(t *testing.T) {
	version := func(kind, key string) string { return fmt.Sprintf("<%s><Key>%s</Key></%[1]s>", kind, key) }
	for _, test := range []struct {
		status  int
		entries string
		want    bool
		fails   bool
	}{
		{200, version("Version", "in/a.jpg"), false, false},
		{200, version("Version", "in/a.jpg") + version("Version", "in/a.jpg.bak"), false, false},
		{200, version("Version", "in/a.jpg") + version("Version", "in/a.jpg"), true, false},
		{200, version("Version", "in/a.jpg") + version("DeleteMarker", "in/a.jpg"), true, false},
		{403, "", false, true},
		{501, "", false, false},
	} {
		server := cachetest.NewS3(t)
		server.CreateBucket("photos")
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !r.URL.Query().Has("versions") || r.URL.Query().Get("prefix") != "in/a.jpg" {
				t.Errorf("got a request for %s", r.URL)
			}
			w.WriteHeader(test.status)
			fmt.Fprintf(w, "<ListVersionsResult>%s</ListVersionsResult>", test.entries)
			return true
		})
		got, err := S3{Client: server.Client(), Bucket: "photos", Prefix: "in/"}.Overwritten(t.Context(), "a.jpg")
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%d %s: got %t, %v", test.status, test.entries, got, err)
		}
	}
}
