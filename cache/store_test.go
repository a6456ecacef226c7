package cache_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

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

func TestS3Store(t *testing.T) {
	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store {
		server := cachetest.NewS3(t)
		server.CreateBucket("variants")
		return cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Prefix: "v1/"})
	})
}

// TestRealS3 holds the S3 store to its contract on the server that IMGORIGIN_TEST_S3 names, with the settings of
// the AWS SDK. It is not run without one.
func TestRealS3(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	settings, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) { o.BaseEndpoint, o.UsePathStyle = &endpoint, true })
	cachetest.TestStore(t, cachetest.Weak{OddKeys: true}, func(t *testing.T) cache.Store {
		bucket := "variants-" + strings.ToLower(rand.Text()[:12])
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
		return cache.NewS3(cache.S3Config{Client: client, Bucket: bucket, Prefix: "v1/", CacheControl: "public, max-age=60"})
	})
}

// onlyFile returns the name of the one file below a folder.
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

// Whatever a crash or a disk does to a file: it is an error, never a picture, and gone at the next look.
func TestFolderStoreSeesDamage(t *testing.T) {
	damages := map[string]func([]byte) []byte{
		"empty":          func([]byte) []byte { return nil },
		"header only":    func(b []byte) []byte { return b[:50] },
		"cut":            func(b []byte) []byte { return b[:len(b)-1] },
		"longer":         func(b []byte) []byte { return append(b, 0) },
		"a bit":          func(b []byte) []byte { b[len(b)-5] ^= 1; return b },
		"zeros":          func(b []byte) []byte { return make([]byte, len(b)) },
		"of another":     func(b []byte) []byte { return []byte(strings.Replace(string(b), "cat.jpg", "dog.jpg", 1)) },
		"later version":  func(b []byte) []byte { return []byte(strings.Replace(string(b), `"v":1`, `"v":2`, 1)) },
		"another length": func(b []byte) []byte { return []byte(strings.Replace(string(b), `"length":1000`, `"length":999`, 1)) },
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
			t.Errorf("%s, again: got %v, %v, want fs.ErrNotExist", name, v, err)
		}
	}
}

func TestFolderStoreSweeps(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(onlyFile(t, dir))
	old, fresh := filepath.Join(folder, ".put-OLD"), filepath.Join(folder, ".put-FRESH")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hours := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, hours, hours); err != nil {
		t.Fatal(err)
	}
	openFolder(t, dir)
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what a killed process left: got %v, want it gone", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("what another process is writing: got %v", err)
	}
}

func TestFolderStoreRefusesNames(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	for _, transform := range []string{"", "..", ".put-x", "a/b", `a\b`, "a\x00", strings.Repeat("x", 300)} {
		k := cache.Key{Original: "cat.jpg", Transform: transform}
		if err := s.Put(t.Context(), k, cachetest.NewVariant("a", 10)); !errors.Is(err, cache.ErrName) {
			t.Errorf("put %q: got %v, want ErrName", transform, err)
		}
		if _, err := s.Get(t.Context(), k); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("get %q: got %v, want fs.ErrNotExist", transform, err)
		}
	}
}

// A folder that can't be written is an error each time, and nothing half written stays.
func TestFolderStoreUnwritable(t *testing.T) {
	dir := t.TempDir()
	s := openFolder(t, dir)
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	// A file where a folder should be stops even the superuser.
	folder := filepath.Dir(onlyFile(t, dir))
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err == nil {
		t.Error("put into a file: got no error")
	}
	onlyFile(t, dir)
}

func TestS3StoreObject(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("variants")
	s := cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Prefix: "v1/", CacheControl: "public, max-age=60"})
	v := cachetest.NewVariant("a", 1000)
	if err := s.Put(t.Context(), key, v); err != nil {
		t.Fatal(err)
	}
	o, ok := server.Object("variants", "v1/cat.jpg/w=480.webp")
	if !ok {
		t.Fatalf("got keys %v", server.Keys("variants"))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/webp", "Cache-Control": "public, max-age=60", "X-Amz-Meta-Original-Etag": v.OriginalETag,
	} {
		if got := o.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if o.ETag() != v.ETag {
		t.Errorf("the bucket's ETag %s is not the variant's %s", o.ETag(), v.ETag)
	}
	long := cache.Key{Original: strings.Repeat("x", 1011), Transform: "w=480.webp"}
	if err := s.Put(t.Context(), long, v); !errors.Is(err, cache.ErrName) {
		t.Errorf("put a name of %d bytes: got %v, want ErrName", len(long.String())+3, err)
	}
	if _, err := s.Get(t.Context(), long); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("get it: got %v, want fs.ErrNotExist", err)
	}
}

func TestS3StoreSeesDamage(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("variants")
	s := cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants"})
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 1000)); err != nil {
		t.Fatal(err)
	}
	answer := func(status int, length string, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("ETag", cachetest.NewVariant("a", 1000).ETag)
			w.Header().Set("X-Amz-Meta-Original-Etag", `"o"`)
			w.Header().Set("Content-Length", length)
			w.WriteHeader(status)
			w.Write([]byte(body))
			return true
		}
	}
	for name, f := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"cut":       answer(200, "1000", strings.Repeat("a", 500)),
		"empty":     answer(200, "0", ""),
		"another":   answer(200, "1000", strings.Repeat("b", 1000)),
		"slow down": answer(503, "0", ""),
		"forbidden": answer(403, "0", ""),
	} {
		server.Intercept(f)
		v, err := s.Get(t.Context(), key)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, %v, want an error that is not fs.ErrNotExist", name, v, err)
		}
		if name == "forbidden" && !strings.Contains(err.Error(), "ListBucket") {
			t.Errorf("%s: got %v, want a hint", name, err)
		}
	}
	server.Intercept(nil)
	server.PutObject("variants", "cat.jpg/w=480.webp", []byte("an object that is no variant"))
	if v, err := s.Get(t.Context(), key); err == nil {
		t.Errorf("an object without metadata: got %v", v)
	}
}
