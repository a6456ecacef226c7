package drawing

import (
	"image"
	"image/color"
	"testing"
)

// An area keeps its colour beside blends that share its entry of a palette; an entry of many colours has that of the palette.
func TestUnpaintedKeepsAreas(t *testing.T) {
	original := image.NewNRGBA(image.Rect(0, 0, 5, 2))
	painted := image.NewPaletted(original.Rect, color.Palette{color.NRGBA{199, 0, 1, 255}, color.NRGBA{9, 9, 9, 255}})
	for x := range 5 {
		red := color.NRGBA{200, 0, 0, 255}
		if x > 2 {
			red.B = uint8(x)
		}
		original.SetNRGBA(x, 0, red)
		original.SetNRGBA(x, 1, color.NRGBA{uint8(x), 0, 0, 255})
		painted.SetColorIndex(x, 1, 1)
	}
	got := unpainted(painted, original)
	for x := range 5 {
		if area, many := got.NRGBAAt(x, 0), got.NRGBAAt(x, 1); area != (color.NRGBA{200, 0, 0, 255}) || many != (color.NRGBA{9, 9, 9, 255}) {
			t.Errorf("at %d: got %v and %v", x, area, many)
		}
	}
}
