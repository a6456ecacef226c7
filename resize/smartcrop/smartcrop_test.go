package smartcrop_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize/smartcrop"
)

// Every kind finds a pattern on a plain wall, whichever way the window slides, and however large the image is that m is a copy of.
func TestPlace(t *testing.T) {
	wide, high := image.NewNRGBA(image.Rect(0, 0, 90, 30)), image.NewNRGBA(image.Rect(0, 0, 30, 90))
	for y := range 30 {
		for x := range 90 {
			c := color.NRGBA{200, 200, 200, 255}
			if x >= 54 && x < 72 && (x/3+y/3)%2 == 0 {
				c = color.NRGBA{40, 40, 40, 255}
			}
			wide.SetNRGBA(x, y, c)
			high.SetNRGBA(y, x, c)
		}
	}
	for _, kind := range []smartcrop.Kind{smartcrop.Smart, smartcrop.Faces, smartcrop.Entropy, smartcrop.Edges} {
		for _, k := range []int{1, 10} {
			side := 30 * k
			if got := kind.Place(wide, image.Pt(90*k, side), image.Pt(side, side)); got.Y != 0 || got.X < 42*k || got.X > 54*k {
				t.Errorf("%s, %d times: got %v, want 42…54", kind, k, got)
			}
			if got := kind.Place(high, image.Pt(side, 90*k), image.Pt(side, side)); got.X != 0 || got.Y < 42*k || got.Y > 54*k {
				t.Errorf("%s, %d times: got %v, want 42…54", kind, k, got)
			}
		}
	}
}

// Of places that are equal, the middle wins, also where there is nothing that any kind looks for.
func TestPlaceOfEqual(t *testing.T) {
	for _, c := range [][4]uint8{{20, 60, 200, 255}, {0, 0, 0, 255}, {200, 200, 200, 255}, {}} {
		plain := image.NewNRGBA(image.Rect(0, 0, 90, 30))
		for i := range plain.Pix {
			plain.Pix[i] = c[i%4]
		}
		for _, kind := range []smartcrop.Kind{smartcrop.Smart, smartcrop.Faces, smartcrop.Entropy, smartcrop.Edges} {
			if got, want := kind.Place(plain, image.Pt(900, 300), image.Pt(300, 300)), image.Pt(300, 0); got != want {
				t.Errorf("%v, %s: got %v, want %v", c, kind, got, want)
			}
		}
	}
}
