package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// drop invalidates an original by key, and all of a prefix at once; by the tags that answers carry if --purge asks for it.
func TestDropInvalidates(t *testing.T) {
	var requests []string
	cloudFront := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests = append(requests, string(body))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `<Invalidation><Id>I1</Id><Status>Completed</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime></Invalidation>`)
	}))
	defer cloudFront.Close()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_CLOUDFRONT": cloudFront.URL, "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		t.Setenv(name, value)
	}
	originals, variants := t.TempDir(), t.TempDir()
	for _, key := range []string{"2025/a.jpg", "2026/a.jpg", "2026/b.jpg", "2026/gone.jpg"} {
		file := filepath.Join(originals, key)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, file, resizetest.JPEG(resizetest.Photo(40, 30), 80))
	}
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		args = append(args, "--originals", originals, "--variants", variants, "--warm", "w=160&fm=jpeg", "--distribution", "E1")
		err := run(t.Context(), args, func(string) string { return "" }, &out)
		return out.String(), err
	}
	if out, err := command("warm"); err != nil || countFiles(t, variants) != 4 {
		t.Fatalf("got %s, %v", out, err)
	}
	must(t, os.Remove(filepath.Join(originals, "2026/gone.jpg")))
	tag := "#" + cache.Tag("2026/a.jpg")
	tests := []struct {
		args  []string
		items []string
		out   string
		left  int // variants
	}{
		{[]string{"drop", "2026/a.jpg"}, []string{"/v/2026/a.jpg/*", "/img/2026/a.jpg*"}, "2026/a.jpg: dropped\n", 3},
		{[]string{"drop", "2026/a.jpg", "--purge", "tags"}, []string{tag}, "2026/a.jpg: had no variants\n", 3},
		{
			[]string{"drop", "--prefix", "2026/", "--purge", "tags"},
			[]string{"/v/2026/*", "/img/2026/*", "/info/2026/*", "/srcset/2026/*"}, "2 originals dropped\n", 1,
		},
		{[]string{"drop", "--prefix", ""}, []string{"/*"}, "1 originals dropped\n", 0},
	}
	for _, test := range tests {
		requests = nil
		out, err := command(test.args...)
		if err != nil || out != test.out || countFiles(t, variants) != test.left {
			t.Errorf("%q: got %q, %v, %d variants left, want %q and %d", test.args, out, err, countFiles(t, variants), test.out, test.left)
		}
		got := strings.Count(strings.Join(requests, ""), "<Path>")
		missing := func(item string) bool { return !strings.Contains(requests[0], "<Path>"+item+"</Path>") }
		if len(requests) != 1 || got != len(test.items) || slices.ContainsFunc(test.items, missing) {
			t.Errorf("%q: got %q, want one request for %q", test.args, requests, test.items)
		}
	}
	for _, args := range [][]string{{"drop"}, {"drop", "a.jpg", "--prefix", "b"}} {
		if _, err := command(args...); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}
