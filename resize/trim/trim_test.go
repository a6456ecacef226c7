package trim_test

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/trim"
)

// framed returns a rectangle of a colour on a canvas of another.
func framed(canvas, inner color.NRGBA, at image.Rectangle) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 120, 90))
	draw.Draw(m, m.Rect, image.NewUniform(canvas), image.Point{}, draw.Src)
	draw.Draw(m, at, image.NewUniform(inner), image.Point{}, draw.Src)
	return m
}

func TestRest(t *testing.T) {
	white, cream, red, none := color.NRGBA{255, 255, 255, 255}, color.NRGBA{250, 250, 245, 255}, color.NRGBA{200, 0, 0, 255}, color.NRGBA{}
	at := image.Rect(30, 20, 90, 70)
	whole := image.Rect(0, 0, 120, 90)
	for name, test := range map[string]struct {
		trim trim.Trim
		m    *image.NRGBA
		part image.Rectangle
		want image.Rectangle
	}{
		"a color":             {trim.Trim{By: trim.Color}, framed(white, red, at), whole, at},
		"alpha":               {trim.Trim{By: trim.Alpha}, framed(none, red, at), whole, at},
		"alpha of its own":    {trim.Trim{By: trim.Auto}, framed(none, red, at), whole, at},
		"a color of its own":  {trim.Trim{By: trim.Auto}, framed(white, red, at), whole, at},
		"a tolerance":         {trim.Trim{By: trim.Color}, framed(white, cream, at), whole, image.Rectangle{}},
		"less tolerance":      {trim.Trim{By: trim.Color, Tolerance: 4}, framed(white, cream, at), whole, at},
		"another color":       {trim.Trim{By: trim.Color, Color: "00ff00"}, framed(white, red, at), whole, whole},
		"a part":              {trim.Trim{By: trim.Color}, framed(white, red, at), image.Rect(0, 0, 50, 90), image.Rect(30, 20, 50, 70)},
		"a part of one color": {trim.Trim{By: trim.Color}, framed(white, red, at), image.Rect(40, 30, 60, 40), image.Rectangle{}},
	} {
		if got := test.trim.Rest(raster.From(test.m), test.part); got != test.want && !(got.Empty() && test.want.Empty()) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

// The planes of a JPEG are compared as they are, at whatever scale it was decoded.
func TestRestOfJPEG(t *testing.T) {
	m := framed(color.NRGBA{255, 255, 255, 255}, color.NRGBA{20, 20, 20, 255}, image.Rect(32, 16, 80, 64))
	for _, ratio := range []float64{1, 2.5} {
		r, err := decode.JPEG(resizetest.JPEG(m, 95), ratio, m.Rect, false)
		if err != nil {
			t.Fatal(err)
		}
		got := trim.Trim{By: trim.Color, Tolerance: 60}.Rest(r, m.Rect)
		if near := image.Rect(28, 12, 84, 68); !got.In(near) || !image.Rect(34, 18, 78, 62).In(got) {
			t.Errorf("reduced by %g: got %v, want about (32,16)-(80,64)", ratio, got)
		}
	}
}
