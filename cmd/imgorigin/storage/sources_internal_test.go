package storage

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newOriginalsFlags(t *testing.T, originals string, sources ...string) (f OriginalsFlags) {
	t.Helper()
	if err := f.Originals.UnmarshalText([]byte(originals)); err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		var at Source
		if err := at.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		f.Source = append(f.Source, at)
	}
	return f
}

// An event names the original that its object is, and no other.
func TestKeyOfEvents(t *testing.T) {
	f := newOriginalsFlags(t, "s3://photos/in", "shop/=s3://goods/media", "web/=https://example.com/", "files/=/var/files")
	for object, want := range map[string]string{
		"photos in/a/cat.jpg": "a/cat.jpg", "goods media/cat.jpg": "shop/cat.jpg", "goods in/cat.jpg": "", "photos media/cat.jpg": "",
		"photos in/": "", "photos in/shop/cat.jpg": "", "any files/cat.jpg": "files/cat.jpg", "any cat.jpg": "",
	} {
		bucket, name, _ := strings.Cut(object, " ")
		if got, ok := f.KeyOf(bucket, name); got != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t, want %q", object, got, ok, want)
		}
	}
}

// Sources are listed as one, in the order of keys, from any position and with any prefix.
func TestListSources(t *testing.T) {
	all, shop, deep := t.TempDir(), t.TempDir(), t.TempDir()
	for _, name := range []string{
		filepath.Join(all, "a.jpg"), filepath.Join(all, "shop", "hidden.jpg"), filepath.Join(all, "shop.jpg"), filepath.Join(all, "z.jpg"),
		filepath.Join(shop, "b.jpg"), filepath.Join(shop, "x.jpg"), filepath.Join(shop, "deep", "hidden.jpg"), filepath.Join(deep, "c.jpg"),
	} {
		must(t, os.MkdirAll(filepath.Dir(name), 0o700))
		must(t, os.WriteFile(name, nil, 0o600))
	}
	var r Resources
	defer r.Close()
	lister, err := r.Lister(t.Context(), newOriginalsFlags(t, all, "shop/="+shop, "shop/deep/="+deep))
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"a.jpg", "shop.jpg", "shop/b.jpg", "shop/deep/c.jpg", "shop/x.jpg", "z.jpg"}
	for _, prefix := range []string{"", "s", "shop", "shop/", "shop/d", "shop/deep/", "shop/deep/c", "z", "q"} {
		for _, after := range append([]string{"", "shop/", "shop/deep/", "shop/deep/zz"}, keys...) {
			want := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !strings.HasPrefix(key, prefix) || key <= after })
			var got []string
			for object, err := range lister.List(context.Background(), prefix, after) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, object.Key)
			}
			if !slices.Equal(got, want) {
				t.Errorf("prefix %q, after %q: got %q, want %q", prefix, after, got, want)
			}
		}
	}
}
