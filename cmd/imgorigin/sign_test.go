package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// A limit of bytes is signed with the rest of a URL, of an image and of a srcset, whatever clients may change.
func TestSignMaxBytes(t *testing.T) {
	for _, args := range [][]string{
		{"/img/cat.jpg?w=320&max-bytes=4000"}, {"/v/cat.jpg/w=320,max-bytes=4000.webp"}, {"/srcset/cat.jpg?w=320,640&max-bytes=4000"},
		{"/info/cat.jpg?max-bytes=4000"}, {"--any-size", "/img/cat.jpg?w=320&max-bytes=4000"},
	} {
		line := runOutput(t, append([]string{"sign", "--sign-keys", "k"}, args...)...)
		signed, err := url.Parse(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(line, "max-bytes=4000") || strings.Contains(signed.Query().Get("any"), "max-bytes") {
			t.Errorf("%q: got %s", args, line)
		}
		at := strings.LastIndex(signed.RawQuery, "s=")
		query, signature := strings.TrimSuffix(signed.RawQuery[:at], "&"), signed.RawQuery[at+2:]
		if len(args) == 1 && signature != grammar.Sign("k", signed.Path, query) {
			t.Errorf("%q: got %s, want a signature of %s", args, line, query)
		}
	}
}
