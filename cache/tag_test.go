package cache_test

import (
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
)

// A tag is what CloudFront accepts, whatever the key is, and the same in every process and version: objects in the bucket
// keep theirs.
func TestTag(t *testing.T) {
	if got := cache.Tag("2026/cat.jpg"); got != "rxgpbqytcnxucw6f" {
		t.Errorf("got %s: the tags of stored variants would never be purged again", got)
	}
	seen := make(map[string]string)
	for _, key := range []string{"", "a", "A", "a,b", "日本/猫 🐈.jpg", "\x00\xff", strings.Repeat("x", 1024)} {
		tag := cache.Tag(key)
		if other, taken := seen[tag]; taken {
			t.Errorf("%q and %q have the same tag", key, other)
		}
		seen[tag] = key
		if len(tag) != 16 || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("%q: got %q, want 16 lower-case letters and digits", key, tag)
		}
	}
}

// A server makes a tag for every answer.
func BenchmarkTag(b *testing.B) {
	for b.Loop() {
		cache.Tag("2026/05/black cat.jpg")
	}
}
