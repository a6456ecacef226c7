package server

import (
	"image/color"
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// startDefaultMarked runs a server on a store, with or without a mark on all originals.
func startDefaultMarked(t *testing.T, images *fakeOriginals, store *cachetest.MapStore, marked bool) *origin {
	t.Helper()
	c := Config{Originals: images, Store: store, Memory: 1 << 20, URLs: URLs{SignKeys: []string{"key"}}}
	if marked {
		c.URLs.DefaultMarks = []grammar.DefaultMark{{Query: "mark=logo.png&mark-pad=0"}}
	}
	return start(t, c)
}

// A variant that was stored before there was a default mark is not served any more, nor is one with it after it was taken back.
// An edge function that does not know of the mark gets it too.
func TestDefaultMarkOfStoredVariants(t *testing.T) {
	images, store, white := newOriginals(), newStore(), color.NRGBA{255, 255, 255, 255}
	images.put("cat.jpg", flat(400, 200, color.White))
	images.put("logo.png", logo(t, redMark))
	for _, marked := range []bool{false, true, false, true} {
		o, want := startDefaultMarked(t, images, store, marked), white
		if marked {
			want = redMark
		}
		for _, path := range []string{"/img/cat.jpg?w=160&fm=png", "/v/cat.jpg/w=160.png"} {
			if got := o.get(path).corner(t); got != want {
				t.Errorf("%s, marked %t: got %v, want %v", path, marked, got, want)
			}
		}
	}
	o := startDefaultMarked(t, images, store, true)
	const query = "w=160&fm=png&mark=none"
	if got := o.get("/img/cat.jpg?" + query + "&s=" + grammar.Sign("key", "/img/cat.jpg", query)).corner(t); got != white {
		t.Errorf("signed, without a mark: got %v, want %v", got, white)
	}
	o.get("/img/cat.jpg?"+query).want(t, http.StatusForbidden, 0, 0)
	images.put("logo.png", nil)
	o.get("/img/cat.jpg?w=160&fm=png").want(t, http.StatusUnprocessableEntity, 0, 0)
}

// Warming makes the variant with the default mark.
func TestDefaultMarkIsWarmed(t *testing.T) {
	images, store := newOriginals(), newStore()
	images.put("cat.jpg", flat(400, 200, color.White))
	images.put("logo.png", logo(t, redMark))
	o := startDefaultMarked(t, images, store, true)
	if made, _, err := o.Warm(t.Context(), "cat.jpg", []resize.Transform{{Width: 160, Format: resize.PNG}}); made != 1 || err != nil {
		t.Fatalf("warmed %d, %v", made, err)
	}
	a := o.get("/img/cat.jpg?w=160&fm=png")
	if got := a.Header.Get("Cache-Status"); !strings.Contains(got, "detail=store") || a.corner(t) != redMark {
		t.Errorf("got %q and %v, want the mark from the store", got, a.corner(t))
	}
}
