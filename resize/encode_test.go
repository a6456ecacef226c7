package resize_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestGreyOnColor puts a grey image on a coloured background, which makes the variant an image in colour.
func TestGreyOnColor(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	src := resizetest.PNG(image.NewGray(image.Rect(0, 0, 40, 20)))
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		out, err := engine.Resize(t.Context(), src, resize.Transform{
			Width: 20, Height: 20, Fit: resize.Contain, Background: "ff0000", Format: f,
		})
		if err != nil {
			t.Fatal(err)
		}
		if c := color.NRGBAModel.Convert(resizetest.Decode(out[0]).At(1, 1)).(color.NRGBA); c.R < 240 || c.G > 20 {
			t.Errorf("%s: got %v, want red", f, c)
		}
	}
}
