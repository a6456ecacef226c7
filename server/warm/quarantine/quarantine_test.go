package quarantine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A storeUnderTest is a store, and access to its originals and copies past the store.
type storeUnderTest struct {
	store     quarantine.Store
	put       func(key, body string) (etag string)
	original  func(key string) (string, bool)
	copied    func(key string) (string, bool)
	forbid    func(key string) // nobody may read the original any more
	checksTag bool             // Put compares the case's ETag with the original's
}

func newS3(t *testing.T, move bool) storeUnderTest {
	server := cachetest.NewS3(t)
	server.CreateBucket("photos")
	server.CreateBucket("quarantine")
	forbidden := make(map[string]bool)
	server.Intercept(copyObjects(server, forbidden))
	get := func(bucket, prefix string) func(string) (string, bool) {
		return func(key string) (string, bool) {
			o, ok := server.Object(bucket, prefix+key)
			return string(o.Body), ok
		}
	}
	return storeUnderTest{
		store: quarantine.S3{
			Client: server.Client(), Bucket: "quarantine", Prefix: "q/",
			OriginalsBucket: "photos", OriginalsPrefix: "in/", Move: move,
		},
		put: func(key, body string) string {
			server.PutObject("photos", "in/"+key, []byte(body))
			o, _ := server.Object("photos", "in/"+key)
			return o.ETag()
		},
		original: get("photos", "in/"), copied: get("quarantine", "q/"), checksTag: true,
		forbid: func(key string) { forbidden["in/"+key] = true },
	}
}

// copyObjects answers CopyObject, with its condition, and refuses to copy the objects that are forbidden.
func copyObjects(server *cachetest.S3, forbidden map[string]bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		source, err := url.PathUnescape(r.Header.Get("X-Amz-Copy-Source"))
		if source == "" || err != nil || r.Method != http.MethodPut {
			return false
		}
		bucket, key, _ := strings.Cut(source, "/")
		o, ok := server.Object(bucket, key)
		if match := r.Header.Get("X-Amz-Copy-Source-If-Match"); !ok {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
			return true
		} else if match != "" && match != o.ETag() {
			w.WriteHeader(http.StatusPreconditionFailed)
			return true
		} else if forbidden[key] {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<Error><Code>InvalidObjectState</Code></Error>")
			return true
		}
		bucket, key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		server.PutObject(bucket, key, o.Body)
		fmt.Fprintf(w, "<CopyObjectResult><ETag>%s</ETag></CopyObjectResult>", o.ETag())
		return true
	}
}

func newFolder(t *testing.T, move bool) storeUnderTest {
	open := func(dir string) *os.Root {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		return root
	}
	get := func(dir string) func(string) (string, bool) {
		return func(key string) (string, bool) {
			body, err := os.ReadFile(filepath.Join(dir, key))
			return string(body), err == nil
		}
	}
	originals, aside := t.TempDir(), t.TempDir()
	return storeUnderTest{
		store: quarantine.Folder{Root: open(aside), Originals: open(originals), Move: move},
		put: func(key, body string) string {
			name := filepath.Join(originals, key)
			err := os.MkdirAll(filepath.Dir(name), 0o700)
			if err = errors.Join(err, os.WriteFile(name, []byte(body), 0o600)); err != nil {
				t.Fatal(err)
			}
			return `"` + body + `"`
		},
		original: get(originals), copied: get(aside),
		forbid: func(key string) {
			name := filepath.Join(originals, key) // as root may read any file, a link that leads out of the folder
			if err := errors.Join(os.Remove(name), os.Symlink("/etc/hostname", name)); err != nil {
				t.Fatal(err)
			}
		},
	}
}

func TestQuarantine(t *testing.T) {
	for name, open := range map[string]func(*testing.T, bool) storeUnderTest{"S3": newS3, "Folder": newFolder} {
		t.Run(name, func(t *testing.T) {
			t.Run("Keeps", func(t *testing.T) { testQuarantineKeeps(t, open(t, false)) })
			t.Run("Moves", func(t *testing.T) { testQuarantineMoves(t, open(t, true)) })
			t.Run("Lists", func(t *testing.T) { testQuarantineLists(t, open(t, false)) })
			t.Run("Changed", func(t *testing.T) { testQuarantineChanged(t, open(t, true)) })
			t.Run("Unreadable", func(t *testing.T) { testQuarantineUnreadable(t, open(t, true)) })
		})
	}
}

func caseOf(key, etag string) quarantine.Case {
	return quarantine.Case{
		Original: key, ETag: etag, Reason: quarantine.Corrupt, Error: "corrupt image: bad marker",
		Time: time.Unix(1e9, 0).UTC(), Event: &s3event.Event{Kind: s3event.Created, Key: key, Sequencer: "0a"},
	}
}

func testQuarantineKeeps(t *testing.T, u storeUnderTest) {
	for _, key := range []string{"a b+c%2F.jpg", "2026/猫.jpg", strings.Repeat("x", 250), "x.quarantine.json"} {
		c := caseOf(key, u.put(key, "bad"))
		for range 2 { // as for a message that is delivered twice
			if err := u.store.Put(t.Context(), c); err != nil {
				t.Fatalf("put %q: %v", key, err)
			}
		}
		got, err := u.store.Get(t.Context(), key)
		if err != nil || !sameCase(got, c) {
			t.Errorf("get %q: got %+v, %v, want %+v", key, got, err, c)
		}
		if body, _ := u.copied(key); body != "bad" {
			t.Errorf("%q: got %q, want the copy", key, body)
		}
		for range 2 {
			if err := u.store.Release(t.Context(), key); err != nil {
				t.Errorf("release %q: %v", key, err)
			}
		}
		if _, err := u.store.Get(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: got %v, want fs.ErrNotExist", key, err)
		}
		if body, _ := u.original(key); body != "bad" {
			t.Errorf("%q: got %q, want the original untouched", key, body)
		}
		if _, ok := u.copied(key); ok {
			t.Errorf("%q: still there after the release", key)
		}
	}
}

func sameCase(a, b quarantine.Case) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func testQuarantineMoves(t *testing.T, u storeUnderTest) {
	if err := u.store.Put(t.Context(), caseOf("a.jpg", u.put("a.jpg", "bad"))); err != nil {
		t.Fatal(err)
	}
	if _, ok := u.original("a.jpg"); ok {
		t.Error("the original is still there")
	}
	if err := u.store.Release(t.Context(), "a.jpg"); err != nil {
		t.Fatal(err)
	}
	if body, _ := u.original("a.jpg"); body != "bad" {
		t.Errorf("got %q, want the original back", body)
	}

	if err := u.store.Put(t.Context(), caseOf("a.jpg", u.put("a.jpg", "bad"))); err != nil {
		t.Fatal(err)
	}
	u.put("a.jpg", "new")
	if err := u.store.Release(t.Context(), "a.jpg"); err != nil {
		t.Fatal(err)
	}
	if body, _ := u.original("a.jpg"); body != "new" {
		t.Errorf("got %q, want the new original", body)
	}
}

func testQuarantineLists(t *testing.T, u storeUnderTest) {
	long := "2026/" + strings.Repeat("x", 250)
	keys := []string{"2025/a.jpg", "2026/a.jpg", "2026/b.jpg", long}
	for _, key := range keys {
		if err := u.store.Put(t.Context(), caseOf(key, u.put(key, "bad"))); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{"": keys, "2026/": keys[1:], "2026/a": {"2026/a.jpg"}, "z": nil} {
		var got []string
		for c, err := range u.store.List(t.Context(), prefix) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Original)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", prefix, got, want)
		}
	}
	for range u.store.List(t.Context(), "") {
		break
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range u.store.List(canceled, "") {
		if err == nil {
			t.Error("a list without an error, under a context that has ended")
		}
	}
}

func testQuarantineChanged(t *testing.T, u storeUnderTest) {
	if err := u.store.Put(t.Context(), caseOf("none.jpg", `"1"`)); !errors.Is(err, quarantine.ErrChanged) {
		t.Errorf("no original: got %v, want ErrChanged", err)
	}
	etag := u.put("a.jpg", "bad")
	u.put("a.jpg", "good")
	err := u.store.Put(t.Context(), caseOf("a.jpg", etag))
	if body, _ := u.original("a.jpg"); u.checksTag && (!errors.Is(err, quarantine.ErrChanged) || body != "good") {
		t.Errorf("got %v, and %q for an original, want ErrChanged and the new one", err, body)
	}
}

// An original that can't be copied has a case too, and stays where it is.
func testQuarantineUnreadable(t *testing.T, u storeUnderTest) {
	c := caseOf("a.jpg", u.put("a.jpg", "archived"))
	u.forbid("a.jpg")
	if err := u.store.Put(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	got, err := u.store.Get(t.Context(), "a.jpg")
	if err != nil || got.CopyError == "" || got.Moved || got.Reason != c.Reason {
		t.Errorf("got %+v, %v, want a case with the reason why it was not copied", got, err)
	}
	if _, ok := u.copied("a.jpg"); ok {
		t.Error("there is a copy")
	}
	if err := u.store.Release(t.Context(), "a.jpg"); err != nil {
		t.Error(err)
	}
	if _, err := u.store.Get(t.Context(), "a.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("released: got %v, want fs.ErrNotExist", err)
	}
}
