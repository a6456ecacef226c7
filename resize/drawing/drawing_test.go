package drawing_test

import (
	"image"
	"image/color"
	"image/draw"
	"reflect"
	"testing"

	"github.com/imgorigin/imgorigin/resize/drawing"
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// chart returns a drawing: a bar on a white page.
func chart() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(10, 10, 30, 40), image.NewUniform(color.NRGBA{200, 0, 0, 255}), image.Point{}, draw.Src)
	return m
}

func TestDrawings(t *testing.T) {
	m, photo := chart(), resizetest.Photo(60, 40)
	if !drawing.Is(m) || !drawing.IsFlat(m) || !drawing.HasAreas(m) {
		t.Errorf("chart: got %t, %t, %t, want true", drawing.Is(m), drawing.IsFlat(m), drawing.HasAreas(m))
	}
	if drawing.Is(photo) || drawing.IsFlat(photo) || drawing.HasAreas(photo) {
		t.Errorf("photograph: got %t, %t, %t, want false", drawing.Is(photo), drawing.IsFlat(photo), drawing.HasAreas(photo))
	}
	if got, want := drawing.Changes(m), 40+2*30; got != want {
		t.Errorf("got %d changes, want %d: one in each row, and two at each row of the bar", got, want)
	}
}

// A blend at an edge loses levels, or becomes the colour beside it; areas stay.
func TestCoarser(t *testing.T) {
	m := chart()
	near, between := image.Pt(10, 20), image.Pt(29, 20)
	m.SetNRGBA(near.X, near.Y, color.NRGBA{203, 4, 5, 255})
	m.SetNRGBA(between.X, between.Y, color.NRGBA{230, 131, 130, 255})
	got := drawing.Coarser(m, 4)
	for at, want := range map[image.Point]color.NRGBA{
		image.Pt(1, 1): {255, 255, 255, 255}, image.Pt(20, 20): {200, 0, 0, 255}, near: {200, 0, 0, 255}, between: {238, 136, 136, 255},
	} {
		if c := got.NRGBAAt(at.X, at.Y); c != want {
			t.Errorf("at %v: got %v, want %v", at, c, want)
		}
	}
}

// Something small that is missing is a difference, however small that is in the mean of the whole image.
func TestTolerance(t *testing.T) {
	m := chart()
	lit := chart()
	for i := range 64 {
		lit.SetNRGBA(40+i%8, 20+i/8, color.NRGBA{255, 150, 255, 255})
	}
	dim := chart()
	for i := 0; i < len(dim.Pix); i += 4 {
		dim.Pix[i] -= 2
	}
	if !drawing.UsualTolerance.Accepts(m, dim) {
		t.Error("two levels are seen")
	}
	if drawing.UsualTolerance.Accepts(m, lit) || drawing.PaletteTolerance.Accepts(m, lit) {
		t.Error("a lamp is not seen")
	}
}

func TestPainted(t *testing.T) {
	m := resizetest.Photo(60, 40)
	m.SetNRGBA(3, 4, color.NRGBA{10, 20, 30, 100})
	got := drawing.Painted(m, 16)
	colors := make(map[[3]uint8]bool)
	for i := 0; i < len(got.Pix); i += 4 {
		colors[[3]uint8(got.Pix[i:])] = true
		if got.Pix[i+3] != m.Pix[i+3] {
			t.Fatalf("got alpha %d, want %d", got.Pix[i+3], m.Pix[i+3])
		}
	}
	if len(colors) > 16 || len(colors) < 8 {
		t.Errorf("got %d colours, want about 16", len(colors))
	}
}

// Two colours are found in planes of grey and of colours, and blends of them become the nearest of some levels.
func TestPair(t *testing.T) {
	planeOf := func(pix ...uint8) plane.Plane {
		return plane.Plane{Pix: pix, Stride: 3, W: 3, H: 1, StepX: 1, StepY: 1}
	}
	for name, of := range map[string]struct {
		planes []plane.Plane
		want   *drawing.Pair
	}{
		"grey":         {[]plane.Plane{planeOf(9, 250, 9)}, &drawing.Pair{{9, 9, 9}, {250, 250, 250}}},
		"colours":      {[]plane.Plane{planeOf(1, 1, 2), planeOf(3, 3, 3), planeOf(5, 5, 7)}, &drawing.Pair{{1, 3, 5}, {2, 3, 7}}},
		"one colour":   {[]plane.Plane{planeOf(7, 7, 7)}, nil},
		"three":        {[]plane.Plane{planeOf(1, 2, 3)}, nil},
		"three by one": {[]plane.Plane{planeOf(1, 1, 2), planeOf(3, 3, 3), planeOf(5, 6, 5)}, nil},
	} {
		if got := drawing.PairOf(of.planes); !reflect.DeepEqual(got, of.want) {
			t.Errorf("%s: got %v, want %v", name, got, of.want)
		}
	}
	pair := drawing.Pair{{250, 240, 220}, {10, 40, 220}}
	m := image.NewNRGBA(image.Rect(0, 0, 4, 1))
	for x, c := range []color.NRGBA{{250, 240, 220, 255}, {255, 245, 220, 255}, {160, 165, 220, 255}, {12, 42, 219, 255}} {
		m.SetNRGBA(x, 0, c)
	}
	got := pair.InLevels(m, 4)
	for x, want := range []color.NRGBA{{250, 240, 220, 255}, {250, 240, 220, 255}, {170, 173, 220, 255}, {10, 40, 220, 255}} {
		if c := got.NRGBAAt(x, 0); c != want {
			t.Errorf("at %d: got %v, want %v", x, c, want)
		}
	}
}
