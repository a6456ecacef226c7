package server

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// logo returns a PNG of one colour.
func logo(t *testing.T, c color.NRGBA) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for y := range 40 {
		for x := range 40 {
			m.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// corner returns the colour of an answer near its bottom right.
func (a answer) corner(t *testing.T) color.NRGBA {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(a.body))
	if err != nil {
		t.Fatalf("%s: %s, %v", a.Request.URL, a.Status, err)
	}
	return color.NRGBAModel.Convert(m.At(m.Bounds().Max.X-5, m.Bounds().Max.Y-5)).(color.NRGBA)
}

var (
	redMark  = color.NRGBA{255, 0, 0, 255}
	blueMark = color.NRGBA{0, 0, 255, 255}
)

// startMarked runs a server whose preset web has a mark.
func startMarked(t *testing.T, c Config) (*origin, *fakeOriginals) {
	t.Helper()
	images := newOriginals()
	images.put("cat.jpg", flat(400, 200, color.White))
	images.put("marks/logo.png", logo(t, redMark))
	c.Originals = images
	c.URLs = URLs{
		SignKeys: []string{"key"}, Marks: "marks/",
		Presets: []grammar.Preset{{Name: "web", Query: "w=160&fm=png&mark=marks/logo.png&mark-pad=0"}},
	}
	return start(t, c), images
}

// TestMarkChanges tests that a mark that was replaced is on the next answer, from memory and from the store, and that without a
// mark there is no image.
func TestMarkChanges(t *testing.T) {
	for _, memory := range []int64{0, 1 << 20} {
		store := newStore()
		o, images := startMarked(t, Config{Memory: memory, Store: store})
		for _, want := range []color.NRGBA{redMark, blueMark, redMark} {
			images.put("marks/logo.png", logo(t, want))
			for range 2 {
				if got := o.get("/img/cat.jpg?preset=web").corner(t); got != want {
					t.Errorf("memory %d: got %v, want the mark in %v", memory, got, want)
				}
			}
		}
		for k := range variantsIn(store) {
			if !strings.Contains(k.Transform, "mark-version=") {
				t.Errorf("stored %s, without the version of a mark", k.Transform)
			}
		}
		for name, file := range map[string][]byte{"missing": nil, "half": logo(t, redMark)[:60]} {
			images.put("marks/logo.png", file)
			a := o.get("/img/cat.jpg?preset=web")
			a.want(t, http.StatusUnprocessableEntity, 0, 0)
			if got := a.Header.Get("Cache-Control"); got != "public, max-age=10" || !strings.Contains(string(a.body), "mark") {
				t.Errorf("%s: got Cache-Control %q, %s", name, got, a.body)
			}
		}
	}
}

// TestMarkOfEdge tests the path that the edge function writes for a preset, which has no version, and that nobody can ask for a
// variant with a version of their own or take the mark off.
func TestMarkOfEdge(t *testing.T) {
	o, _ := startMarked(t, Config{Memory: 1 << 20})
	path := "/v/cat.jpg/w=160,mark=bWFya3MvbG9nby5wbmc"
	if got := o.get(path + ".png").corner(t); got != redMark {
		t.Errorf("got %v, want the mark", got)
	}
	o.get(path+",mark-version=abc.png").want(t, http.StatusForbidden, 0, 0)
	o.get("/img/cat.jpg?preset=web&mark=marks/other.png").want(t, http.StatusForbidden, 0, 0)
	o.get("/img/cat.jpg?preset=web&mark=").want(t, http.StatusBadRequest, 0, 0)
	o.get("/img/cat.jpg?mark=marks/logo.png").want(t, http.StatusForbidden, 0, 0)
}

// TestSignedMark tests which marks signed URLs may have.
func TestSignedMark(t *testing.T) {
	o, images := startMarked(t, Config{Memory: 1 << 20})
	images.put("secret.png", logo(t, redMark))
	signed := func(query string) answer {
		return o.get("/img/cat.jpg?" + query + "&s=" + grammar.Sign("key", "/img/cat.jpg", query))
	}
	if got := signed("w=100&fm=png&mark=marks/logo.png&mark-pad=0&mark-align=bottom,right").corner(t); got != redMark {
		t.Errorf("got %v, want the mark", got)
	}
	signed("w=100&fm=png&mark=secret.png").want(t, http.StatusBadRequest, 0, 0)
	signed("w=100&mark=marks/logo.png&mark-scale=101").want(t, http.StatusBadRequest, 0, 0)
	signed("w=100&mark=marks/none.png").want(t, http.StatusUnprocessableEntity, 0, 0)
}

// TestMarkIsWarmed tests that warming makes the variant that a request finds, and passes over one whose mark is missing.
func TestMarkIsWarmed(t *testing.T) {
	store := newStore()
	o, _ := startMarked(t, Config{Store: store})
	web := resize.Transform{Width: 160, Format: resize.PNG, Mark: resize.Mark{Key: "marks/logo.png"}}.Normal()
	lost := web
	lost.Mark.Key = "marks/none.png"
	if made, _, err := o.Warm(t.Context(), "cat.jpg", []resize.Transform{web, lost}); made != 1 || err != nil {
		t.Fatalf("warmed %d, %v", made, err)
	}
	a := o.get("/img/cat.jpg?preset=web")
	if got := a.Header.Get("Cache-Status"); !strings.Contains(got, "detail=store") || a.corner(t) != redMark {
		t.Errorf("got %q and %v, want the mark from the store", got, a.corner(t))
	}
}
