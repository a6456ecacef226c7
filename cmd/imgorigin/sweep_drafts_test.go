package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A draft that no process has finished is listed by a sweep that may not, and finished by one that may, and by warming.
func TestSweepFinishesDrafts(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	store, err := cache.OpenFolder(variants)
	must(t, err)
	defer store.Close()
	command := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		args = append(args, "--originals", originals, "--variants", variants, "--warm", "w=160&fm=auto")
		must(t, run(t.Context(), args, func(string) string { return "" }, &out))
		return out.String()
	}
	k := cache.Key{Original: "cat.jpg", Transform: "w=160.auto"}
	command("warm")
	made, err := store.Get(t.Context(), k)
	must(t, err)
	for _, test := range []struct {
		args   []string
		says   string
		isLeft bool
	}{
		{[]string{"sweep", "--no-finish"}, `{"original":"cat.jpg","result":"clean","drafts":1}`, true},
		{[]string{"sweep"}, `{"original":"cat.jpg","result":"clean","drafts":1}`, false},
		{[]string{"warm"}, `"variants":1`, false},
	} {
		draft := *made
		draft.Body = append(bytes.Clone(made.Body), 0) // a little larger
		draft.ETag, draft.Draft = cache.ETag(draft.Body), true
		must(t, store.Put(t.Context(), k, &draft))
		if got := command(test.args...); !strings.Contains(got, test.says) {
			t.Errorf("%v: got %s, want %s", test.args, got, test.says)
		}
		left, err := store.Get(t.Context(), k)
		must(t, err)
		if left.Draft != test.isLeft || !test.isLeft && !bytes.Equal(left.Body, made.Body) {
			t.Errorf("%v: a draft is left: %t, of %d bytes", test.args, left.Draft, len(left.Body))
		}
	}
}
