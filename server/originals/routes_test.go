package originals

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"testing"
	"testing/fstest"

	"github.com/imgorigin/imgorigin/server/admission"
)

// folder returns a source with originals whose bytes are its name.
func folder(name string, keys ...string) Folder {
	files := make(fstest.MapFS)
	for _, key := range keys {
		files[key] = &fstest.MapFile{Data: []byte(name)}
	}
	return Folder{files}
}

// A key names an original of the source with the longest prefix, and no other source is asked for it.
func TestRoutes(t *testing.T) {
	routes := Routes{
		{"", folder("all", "cat.jpg", "shop/hidden.jpg", "shopping.jpg", "shop")},
		{"shop/", folder("shop", "cat.jpg", "old/hidden.jpg", "../cat.jpg")},
		{"shop/old/", folder("old", "cat.jpg")},
	}
	for key, want := range map[string]string{
		"cat.jpg": "all", "shopping.jpg": "all", "shop": "all", "shop/cat.jpg": "shop", "shop/old/cat.jpg": "old",
	} {
		testOriginal(t, routes, key, want)
	}
	for _, key := range []string{
		"shop/hidden.jpg", "shop/old/hidden.jpg", "shop/", "shop/../cat.jpg", "shop//cat.jpg", "shop/old/../cat.jpg", "Shop/cat.jpg",
	} {
		if _, err := routes.Open(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: got %v, want fs.ErrNotExist", key, err)
		}
	}
	if _, err := routes[1:].Stat(t.Context(), "cat.jpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a source for all others: got %v, want fs.ErrNotExist", err)
	}
}

// A down source answers nothing.
type downSource struct{ Source }

var errDown = errors.New("down")

func (downSource) Open(context.Context, string) (*Original, error) { return nil, errDown }

// A source that is out leaves the others be.
func TestGuardOfRoutes(t *testing.T) {
	var opened []string
	g := Guard(Routes{{"", folder("all", "cat.jpg")}, {"shop/", downSource{}}}, func(prefix string) *admission.Breaker {
		opened = append(opened, prefix)
		return admission.NewBreaker(prefix, func(err error) bool { return errors.Is(err, errDown) }, slog.New(slog.DiscardHandler))
	})
	if len(opened) != 2 {
		t.Fatalf("got breakers of %q, want one of each source", opened)
	}
	for range 10 {
		g.Open(t.Context(), "shop/cat.jpg")
	}
	if _, err := g.Open(t.Context(), "shop/cat.jpg"); !errors.Is(err, admission.ErrOpen) {
		t.Errorf("of the source that is down: got %v, want admission.ErrOpen", err)
	}
	testOriginal(t, g, "cat.jpg", "all")
	if g.TakeRetry("shop/cat.jpg") || !g.TakeRetry("cat.jpg") || g.Prefix("shop/cat.jpg") != "shop/" || g.Prefix("cat.jpg") != "" {
		t.Error("the sources share a breaker")
	}
}
