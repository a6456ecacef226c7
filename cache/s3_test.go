package cache_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

func TestS3Store(t *testing.T) {
	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store {
		server := cachetest.NewS3(t)
		server.CreateBucket("variants")
		return cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Prefix: "v1/"})
	})
}

// TestRealS3 runs the conformance suite against the server that IMGORIGIN_TEST_S3 names, with the settings of the AWS
// SDK. It is skipped when the variable is empty.
func TestRealS3(t *testing.T) {
	endpoint := os.Getenv("IMGORIGIN_TEST_S3")
	if endpoint == "" {
		t.Skip("IMGORIGIN_TEST_S3 names no server")
	}
	t.Log("against", endpoint)
	patience := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.ResponseHeaderTimeout = 5 * time.Second // as the program has it, because some servers get stuck
	})
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithHTTPClient(patience))
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) { o.BaseEndpoint, o.UsePathStyle = &endpoint, true })
	cachetest.TestStore(t, cachetest.Weak{OddKeys: true, Races: true}, func(t *testing.T) cache.Store {
		bucket := "variants-" + strings.ToLower(rand.Text()[:12])
		if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
		return cache.NewS3(cache.S3Config{Client: client, Bucket: bucket, Prefix: "v1/", CacheControl: "public, max-age=60"})
	})
}

func s3Store(t *testing.T) (*cachetest.S3, *cache.S3Store) {
	server := cachetest.NewS3(t)
	server.CreateBucket("variants")
	return server, cache.NewS3(cache.S3Config{
		Client: server.Client(), Bucket: "variants", Prefix: "v1/", CacheControl: "public, max-age=60",
		DraftCacheControl: "public, max-age=10",
	})
}

// CloudFront serves the object in the bucket without asking the server, so the object has all headers of the answer.
func TestS3StoreObject(t *testing.T) {
	server, s := s3Store(t)
	v := cachetest.NewVariant("a", 1000)
	if err := s.Put(t.Context(), key, v); err != nil {
		t.Fatal(err)
	}
	o, ok := server.Object("variants", "v1/cat.jpg/w=480.webp")
	if !ok {
		t.Fatalf("got keys %v", server.Keys("variants"))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/webp", "Cache-Control": "public, max-age=60",
		"X-Amz-Meta-Original-Etag": v.OriginalETag, "X-Amz-Meta-Modified": "2026-05-06T07:08:09.123456Z",
		cache.TagHeader: cache.Tag("cat.jpg"),
	} {
		if got := o.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if o.ETag() != v.ETag {
		t.Errorf("the bucket's ETag %s is not the variant's %s", o.ETag(), v.ETag)
	}
}

// CloudFront must ask for a draft again soon, and keep what replaces it.
func TestS3StoreDraftObject(t *testing.T) {
	server, s := s3Store(t)
	for _, test := range []struct {
		isDraft         bool
		age, isReported string
	}{{true, "public, max-age=10", "true"}, {false, "public, max-age=60", ""}} {
		v := cachetest.NewVariant("a", 1000)
		v.Draft = test.isDraft
		if err := s.Put(t.Context(), key, v); err != nil {
			t.Fatal(err)
		}
		o, _ := server.Object("variants", "v1/cat.jpg/w=480.webp")
		if age, draft := o.Header.Get("Cache-Control"), o.Header.Get("X-Amz-Meta-Draft"); age != test.age || draft != test.isReported {
			t.Errorf("draft %t: got Cache-Control %q, metadata %q", test.isDraft, age, draft)
		}
	}
}

func TestS3StoreNamesHave1024Bytes(t *testing.T) {
	_, s := s3Store(t)
	longest := 1024 - len("v1/") - len("/w=480.webp")
	for n, want := range map[int]error{longest: nil, longest + 1: cache.ErrName} {
		k := cache.Key{Original: strings.Repeat("x", n), Transform: "w=480.webp"}
		if err := s.Put(t.Context(), k, cachetest.NewVariant("a", 10)); !errors.Is(err, want) {
			t.Errorf("put a key of %d bytes: got %v, want %v", n, err, want)
		}
	}
}

// intercept answers a request in place of the server and returns true, or returns false.
type intercept = func(http.ResponseWriter, *http.Request) bool

// answer returns an intercept that answers with a status, headers and a body.
func answer(status int, header map[string]string, body string) intercept {
	return func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
		return true
	}
}

func TestS3StoreDetectsDamage(t *testing.T) {
	server, s := s3Store(t)
	a, b := strings.Repeat("a", 1000), strings.Repeat("b", 1000)
	const from, keyID = "X-Amz-Meta-Original-Etag", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"
	for name, test := range map[string]struct {
		answer intercept
		want   string // in the error; "" is none
	}{
		"whole":          {answer(200, map[string]string{"ETag": cache.ETag([]byte(a)), from: `"o"`}, a), ""},
		"in two parts":   {answer(200, map[string]string{"ETag": `"00000000000000000000000000000000-2"`, from: `"o"`}, a), ""},
		"encrypted":      {answer(200, map[string]string{"ETag": cache.ETag([]byte(b)), from: `"o"`, keyID: "k"}, a), ""},
		"another":        {answer(200, map[string]string{"ETag": cache.ETag([]byte(a)), from: `"o"`}, b), "the checksum is"},
		"cut":            {answer(200, map[string]string{"Content-Length": "1000", from: `"o"`}, a[:500]), "unexpected EOF"},
		"wrong checksum": {answer(200, map[string]string{"X-Amz-Checksum-Crc32": "AAAAAA==", from: `"o"`}, a), "checksum"},
		"empty":          {answer(200, map[string]string{from: `"o"`}, ""), "not a variant"},
		"not ours":       {answer(200, map[string]string{"Content-Length": "1000000000000"}, a), "not a variant"},
		"slow down":      {answer(503, nil, "<Error><Code>SlowDown</Code></Error>"), "SlowDown"},
		"forbidden":      {answer(403, nil, ""), "s3:ListBucket"},
		"no bucket":      {answer(404, nil, "<Error><Code>NoSuchBucket</Code></Error>"), "NoSuchBucket"},
	} {
		server.Intercept(test.answer)
		v, err := s.Get(t.Context(), key)
		switch {
		case test.want == "":
			if err != nil || string(v.Body) != a {
				t.Errorf("%s: got %v, %v, want the variant", name, v, err)
			}
		case err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: got %v, %v, want an error with %q that is not fs.ErrNotExist", name, v, err, test.want)
		}
	}
	noCode := answer(404, nil, "")
	server.Intercept(noCode) // as a proxy that finds no server
	if _, err := s.Get(t.Context(), key); errors.Is(err, fs.ErrNotExist) || !bucket.IsOutage(err) {
		t.Errorf("404 without a code: got %v, want an outage", err)
	}
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodGet && noCode(w, r) })
	if _, err := s.Get(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("404 without a code, and the bucket is there: got %v, want fs.ErrNotExist", err)
	}
}

// Drop lists page by page and deletes a thousand objects at a time. Markers of folders and other originals stay.
func TestS3StoreDrops(t *testing.T) {
	server, s := s3Store(t)
	stay := []string{"v1/cat.jpg/", "v1/cat.jpg/deeper.jpg/w=1.webp", "v1/cat.jpg2/w=1.webp", "v2/cat.jpg/w=1.webp"}
	for _, name := range stay {
		server.PutObject("variants", name, nil)
	}
	for w := range 2500 {
		server.PutObject("variants", fmt.Sprintf("v1/cat.jpg/w=%d.webp", w), nil)
	}
	if err := s.Drop(t.Context(), "cat.jpg"); err != nil {
		t.Fatal(err)
	}
	if got := server.Keys("variants"); !slices.Equal(got, stay) {
		t.Errorf("got %d left, %.100q, want %q", len(got), got, stay)
	}
	if got := server.Count("list"); got != 3 {
		t.Errorf("got %d lists, want 3", got)
	}
	if got := server.Count("delete-many"); got != 3 {
		t.Errorf("got %d deletions, want 3", got)
	}
	if err := s.Drop(t.Context(), "cat.jpg"); err != nil || server.Count("delete-many") != 3 {
		t.Errorf("second drop: got %v and %d more deletions, want none", err, server.Count("delete-many")-3)
	}
}

func TestS3StoreReportsFailedDrops(t *testing.T) {
	server, s := s3Store(t)
	if err := s.Put(t.Context(), key, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	const denied = "<DeleteResult><Error><Key>v1/cat.jpg/w=480.webp</Key><Code>AccessDenied</Code><Message>no</Message>" +
		"</Error></DeleteResult>"
	for name, test := range map[string]struct {
		query  string
		answer intercept
		want   []string
	}{
		"one object":  {"delete", answer(200, nil, denied), []string{"1 of 1", "v1/cat.jpg/w=480.webp", "AccessDenied"}},
		"the list":    {"list-type", answer(403, nil, ""), []string{"list", "s3:ListBucket"}},
		"all objects": {"delete", answer(403, nil, ""), []string{"delete", "s3:DeleteObject"}},
		"no bucket":   {"list-type", answer(404, nil, "<Error><Code>NoSuchBucket</Code></Error>"), []string{"NoSuchBucket"}},
	} {
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Query().Has(test.query) && test.answer(w, r)
		})
		err := s.Drop(t.Context(), "cat.jpg")
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want an error with %q", name, err, want)
			}
		}
	}
}

// An object that mixes the bytes of two puts is read once more.
func TestS3StoreReadsAMixedObjectTwice(t *testing.T) {
	server, s := s3Store(t)
	v := cachetest.NewVariant("a", 1000)
	if err := s.Put(t.Context(), key, v); err != nil {
		t.Fatal(err)
	}
	mixed := answer(200, map[string]string{
		"ETag": cache.ETag([]byte("b")), "X-Amz-Meta-Original-Etag": `"o"`,
	}, string(v.Body))
	for _, test := range []struct {
		times, gets int
		want        error
	}{{1, 2, nil}, {2, 2, cache.ErrDamaged}} {
		left, before := test.times, server.Count("get")
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			left--
			return left >= 0 && mixed(w, r)
		})
		got, err := s.Get(t.Context(), key)
		if !errors.Is(err, test.want) || err == nil && string(got.Body) != string(v.Body) {
			t.Errorf("mixed %d times: got %v, want %v", test.times, err, test.want)
		}
		if gets := server.Count("get") - before; gets != test.gets {
			t.Errorf("mixed %d times: got %d gets, want %d", test.times, gets, test.gets)
		}
	}
}
