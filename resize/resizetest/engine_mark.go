package resizetest

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
)

// plain returns an image of one colour.
func plain(w, h int, c color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return m
}

// marked makes a variant with marks.
func marked(t *testing.T, e resize.Engine, src []byte, marks map[string][]byte, ts ...resize.Transform) ([][]byte, []error) {
	t.Helper()
	variants, errs := make([][]byte, len(ts)), make([]error, len(ts))
	err := e.Each(t.Context(), src, resize.Job{Transforms: ts, Marks: marks, Yield: func(i int, variant []byte, err error) {
		variants[i], errs[i] = variant, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	return variants, errs
}

// testMark tests where a mark is, how large and how opaque, on a photograph that is grey and so has planes that could be encoded
// as they are, and that the same size without a mark has none.
func testMark(t *testing.T, e resize.Engine) {
	grey, red := color.NRGBA{128, 128, 128, 255}, color.NRGBA{255, 0, 0, 255}
	src, logo := JPEG(plain(400, 200, grey), 90), PNG(plain(40, 20, red))
	mark := func(m resize.Mark) resize.Transform {
		m.Key, m.Version = "logo.png", "1"
		return resize.Transform{Width: 200, Format: resize.JPEG, Quality: 95, Mark: m}
	}
	tests := []struct {
		mark    resize.Mark
		red     []image.Point // in the variant of 200×100
		without []image.Point
	}{
		{resize.Mark{}, []image.Point{{162, 82}, {197, 97}}, []image.Point{{155, 90}, {180, 75}}},
		{resize.Mark{Align: resize.TopLeft, Pad: 10}, []image.Point{{13, 13}, {46, 26}}, []image.Point{{5, 5}, {55, 15}}},
		{resize.Mark{Align: resize.Center, Scale: 10}, []image.Point{{93, 47}, {106, 52}}, []image.Point{{85, 50}, {100, 40}}},
		{resize.Mark{Tile: true, Pad: 20}, []image.Point{{30, 30}, {90, 30}, {90, 70}}, []image.Point{{70, 30}, {30, 50}}},
	}
	for _, test := range tests {
		variants, errs := marked(t, e, src, map[string][]byte{"logo.png@1": logo}, mark(test.mark), resize.Transform{
			Width: 200, Format: resize.JPEG, Quality: 95})
		if err := errors.Join(errs...); err != nil {
			t.Errorf("%+v: %v", test.mark, err)
			continue
		}
		m, unmarked := Decode(variants[0]), Decode(variants[1])
		for _, p := range test.red {
			if c := nrgba(m, p.X, p.Y); c.R < 220 || c.G > 40 {
				t.Errorf("%+v: got %v at %v, want red", test.mark, c, p)
			}
			if c := nrgba(unmarked, p.X, p.Y); c.G < 120 {
				t.Errorf("%+v: got %v at %v of the variant without it", test.mark, c, p)
			}
		}
		for _, p := range test.without {
			if c := nrgba(m, p.X, p.Y); c.R > 150 || c.G < 110 {
				t.Errorf("%+v: got %v at %v, want grey", test.mark, c, p)
			}
		}
	}
	half, _ := marked(t, e, src, map[string][]byte{"logo.png@1": logo}, mark(resize.Mark{Alpha: 50}))
	if c := nrgba(Decode(half[0]), 180, 90); c.R < 180 || c.R > 205 {
		t.Errorf("half transparent: got %v, want a red of about 192", c)
	}
}

// testMarkMissing tests that a variant is never made without its mark, and that the error is not one of the original. A
// transform that would be the original as it is gets the mark too.
func testMarkMissing(t *testing.T, e resize.Engine) {
	src, logo := PNG(plain(60, 40, color.White)), PNG(plain(10, 10, color.Black))
	whole := resize.Transform{Format: resize.PNG, Mark: resize.Mark{Key: "logo.png", Version: "2"}}
	large := PNG(plain(1100, 1000, color.Black))
	for name, file := range map[string][]byte{"another version": nil, "half": logo[:len(logo)/2], "text": []byte("logo"), "large": large} {
		marks := map[string][]byte{"logo.png@1": logo}
		if file != nil {
			marks["logo.png@2"] = file
		}
		variants, errs := marked(t, e, src, marks, whole, resize.Transform{Width: 20})
		if err := errs[0]; !errors.Is(err, resize.ErrMark) || errors.Is(err, resize.ErrCorrupt) || variants[0] != nil {
			t.Errorf("%s: got %d bytes, %v, want an error of the mark", name, len(variants[0]), err)
		}
		if errs[1] != nil {
			t.Errorf("%s: the variant without a mark: %v", name, errs[1])
		}
	}
	variants, _ := marked(t, e, src, map[string][]byte{"logo.png@2": logo}, whole)
	if c := nrgba(Decode(variants[0]), 55, 35); c.R > 50 {
		t.Errorf("whole: got %v, want the mark", c)
	}
}

// testMarkedFrames tests that each frame of an animation has the mark.
func testMarkedFrames(t *testing.T, e resize.Engine) {
	logo := PNG(plain(10, 10, color.NRGBA{255, 0, 0, 255}))
	variants, errs := marked(t, e, animated(t), map[string][]byte{"logo.png@1": logo},
		resize.Transform{Format: resize.GIF, Mark: resize.Mark{Key: "logo.png", Version: "1", Align: resize.TopLeft}})
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	g, err := gif.DecodeAll(bytes.NewReader(variants[0]))
	if err != nil || len(g.Image) < 2 {
		t.Fatalf("got %d frames, %v", len(g.Image), err)
	}
	canvas := image.NewNRGBA(g.Image[0].Rect)
	for i, frame := range g.Image {
		draw.Draw(canvas, frame.Rect, frame, frame.Rect.Min, draw.Over)
		if c := canvas.NRGBAAt(5, 5); c.R < 200 || c.G > 60 {
			t.Errorf("frame %d: got %v, want the mark", i, c)
		}
	}
}
