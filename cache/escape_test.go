package cache_test

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

func TestEscape(t *testing.T) {
	for key, want := range map[string]string{
		"2026/my cat.jpg": "2026/my~20cat.jpg", "a+b=c,d": "a~2Bb~3Dc~2Cd", "a~20b": "a~7E20b", "日": "~E6~97~A5", "plain-_.jpg": "plain-_.jpg",
	} {
		if got := cache.Escape(key); got != want {
			t.Errorf("%q: got %s, want %s", key, got, want)
		}
	}
	for _, s := range []string{"a b", "a~", "a~2", "a~2b", "a~41", "a~2F", "a~zz", "ü", "a%20b", "a+b"} {
		if key, ok := cache.Unescape(s); ok {
			t.Errorf("%q: got key %q, want none, as Escape never writes it", s, key)
		}
	}
}

// Whatever the key, its path needs no percent-encoding, and is that of no other key.
func TestEscapeRoundTrip(t *testing.T) {
	safe := regexp.MustCompile(`^[A-Za-z0-9._~/-]*$`)
	roundTrip := func(b []byte) bool {
		s := cache.Escape(string(b))
		key, ok := cache.Unescape(s)
		return ok && key == string(b) && safe.MatchString(s) && (&url.URL{Path: s}).EscapedPath() == s
	}
	if err := quick.Check(roundTrip, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
	unique := func(b []byte) bool { // of what is taken for escaped, only one spelling is a key's
		key, ok := cache.Unescape(string(b))
		return !ok || strings.ContainsAny(string(b), "=,") || cache.Escape(key) == string(b)
	}
	letters := []byte("a~27EFf/ =")
	random := func(b []byte) bool {
		for i := range b {
			b[i] = letters[int(b[i])%len(letters)]
		}
		return unique(b)
	}
	if err := quick.Check(random, &quick.Config{MaxCount: 20000}); err != nil {
		t.Error(err)
	}
	begins := func(a, b []byte) bool {
		return bytes.HasPrefix(b, a) == strings.HasPrefix(cache.Escape(string(b)), cache.Escape(string(a)))
	}
	if err := quick.Check(begins, nil); err != nil {
		t.Error(err)
	}
}

func TestEscapePath(t *testing.T) {
	for name, want := range map[string]string{
		"cat.jpg/w=480,q=75.webp": "cat.jpg/w=480,q=75.webp", "my cat.jpg/w=480.webp": "my~20cat.jpg/~7Ew=480.webp",
		"my~20cat.jpg/w=480.webp": "my~7E20cat.jpg/~7Ew=480.webp", "cat.jpg/mark=a b.webp": "cat.jpg/~7Emark=a~20b.webp",
		"a/~7Ew=1.webp/w=2.webp": "a/~7E7Ew~3D1.webp/~7Ew=2.webp",
	} {
		slash := strings.LastIndexByte(name, '/')
		got := cache.EscapePath(name[:slash], name[slash+1:])
		if back, ok := cache.UnescapePath(got); got != want || back != name || !ok {
			t.Errorf("%s: got %s, want %s, and back %s, %t", name, got, want, back, ok)
		}
		if same, ok := cache.UnescapePath(name); same != name || !ok { // which nobody has escaped
			t.Errorf("%s: got %s, %t, want it as it is", name, same, ok)
		}
	}
	for _, path := range []string{"cat.jpg/~7Ew~2.webp", "my cat.jpg/~7Ew=1.webp", "a~41/~7Ew=1.webp"} {
		if name, ok := cache.UnescapePath(path); ok {
			t.Errorf("%s: got name %s, want none, as EscapePath never writes it", path, name)
		}
	}
}

// A store that escapes names never deletes, lists or reads another original's variant that was stored without escaping, nor the reverse.
func TestS3StoresOfBothNames(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("variants")
	keys := []string{"a b.jpg", "a~20b.jpg", "a~7E20b.jpg", "plain.jpg"}
	for _, escape := range []bool{true, false} {
		s := cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Escape: escape})
		other := cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Escape: !escape})
		for _, original := range keys {
			if err := s.Put(t.Context(), cache.Key{Original: original, Transform: "w=1.webp"}, cachetest.NewVariant(original, 10)); err != nil {
				t.Fatal(err)
			}
		}
		for _, original := range keys {
			k := cache.Key{Original: original, Transform: "w=1.webp"}
			v, err := s.Get(t.Context(), k)
			if want := cachetest.NewVariant(original, 10); err != nil || !bytes.Equal(v.Body, want.Body) {
				t.Errorf("escaped %t: %s: got another variant, %v", escape, original, err)
			}
			if v, err := other.Get(t.Context(), k); err == nil && !bytes.Equal(v.Body, cachetest.NewVariant(original, 10).Body) {
				t.Errorf("written escaped %t: another store reads another variant for %s", escape, original)
			}
			if transforms, err := s.Transforms(t.Context(), original); err != nil || !slices.Equal(transforms, []string{k.Transform}) {
				t.Errorf("escaped %t: %s: got transforms %q, %v", escape, original, transforms, err)
			}
		}
		var found []string
		for original, err := range s.Originals(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, original)
		}
		if slices.Sort(found); !slices.Equal(found, keys) {
			t.Errorf("escaped %t: got originals %q, want %q", escape, found, keys)
		}
		for _, name := range server.Keys("variants") {
			server.DeleteObject("variants", name)
		}
	}
}

func TestS3StoreEscaped(t *testing.T) {
	cachetest.TestStore(t, cachetest.Weak{}, func(t *testing.T) cache.Store {
		server := cachetest.NewS3(t)
		server.CreateBucket("variants")
		return cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Prefix: "v1/", Escape: true})
	})
}

// The name of an object is the path that the edge function asks the bucket for. Objects of other names are not variants.
func TestS3StoreEscapedNames(t *testing.T) {
	server := cachetest.NewS3(t)
	server.CreateBucket("variants")
	s := cache.NewS3(cache.S3Config{Client: server.Client(), Bucket: "variants", Prefix: "v1/", Escape: true})
	for _, name := range []string{"v1/my cat.jpg/w=1.webp", "v1/a~41/w=1.webp", "v1/my~20cat.jpg/~7Ew~3D9.webp", "v1/my~20cat.jpg/w=9.webp"} {
		server.PutObject("variants", name, []byte("x"))
	}
	k := cache.Key{Original: "my cat.jpg", Transform: "w=480,q=75.webp"}
	if err := s.Put(t.Context(), k, cachetest.NewVariant("a", 10)); err != nil {
		t.Fatal(err)
	}
	if _, ok := server.Object("variants", "v1/my~20cat.jpg/~7Ew=480,q=75.webp"); !ok {
		t.Errorf("got objects %v", server.Keys("variants"))
	}
	transforms, err := s.Transforms(t.Context(), k.Original)
	if err != nil || !slices.Equal(transforms, []string{k.Transform}) {
		t.Errorf("got transforms %q, %v, want %q", transforms, err, k.Transform)
	}
	var found []string
	for original, err := range s.Originals(t.Context(), "my c", "") {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, original)
	}
	if !slices.Equal(found, []string{k.Original}) {
		t.Errorf("got originals %q", found)
	}
}
