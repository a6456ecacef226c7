package resize

import (
	"fmt"
	"image"
	"math"

	"github.com/disintegration/imaging"
)

// Effects change the colours of a variant, its sharpness, or mirror it. The numbers are percentages, 0 for none, and the
// effects come in the order of the fields. The zero value changes nothing.
type Effects struct {
	Brightness int  // -100 is black, 100 is white
	Contrast   int  // -100 is grey, 100 leaves only the ends of each channel
	Saturation int  // -100 is without colour, 100 is twice as much
	Gamma      int  // levels to the power of 2^(-Gamma/100): positive numbers brighten the middle
	Sharpen    int  // 0…100: 50 adds the difference to a blur of sigma 1
	Flip       Flip // "" is none
	Invert     bool // each level becomes 255 less it; last, but for Flip, which commutes with all
}

// A Flip mirrors a variant after it is cropped.
type Flip string

const (
	Horizontal Flip = "h" // left becomes right
	Vertical   Flip = "v" // top becomes bottom
	HalfTurn   Flip = "hv"
)

func (e Effects) validate() error {
	for _, field := range EffectFields {
		if text := field.text(&e); text != "" && !field.Set(new(Effects), text) {
			return fmt.Errorf("%s: got %q, takes %s", field.Name, text, field.Takes)
		}
	}
	return nil
}

// apply returns an image with the effects. It may change m.
func (e Effects) apply(m *image.NRGBA) *image.NRGBA {
	if e.Brightness != 0 {
		m = imaging.AdjustBrightness(m, float64(e.Brightness))
	}
	if e.Contrast != 0 {
		m = imaging.AdjustContrast(m, float64(e.Contrast))
	}
	if e.Saturation != 0 {
		m = imaging.AdjustSaturation(m, float64(e.Saturation))
	}
	if e.Gamma != 0 {
		m = imaging.AdjustGamma(m, math.Exp2(float64(e.Gamma)/100))
	}
	if e.Sharpen != 0 {
		m = sharpened(m, e.Sharpen)
	}
	if e.Invert {
		m = imaging.Invert(m)
	}
	switch e.Flip {
	case Horizontal:
		m = imaging.FlipH(m)
	case Vertical:
		m = imaging.FlipV(m)
	case HalfTurn:
		m = imaging.Rotate180(m)
	}
	return m
}

// sharpened returns an image by an unsharp mask: what differs from its blur is added, in some percent of twice the
// difference. Alpha stays.
func sharpened(m *image.NRGBA, percent int) *image.NRGBA {
	out := imaging.Blur(m, 1)
	for y := range m.Rect.Dy() {
		from, to := m.Pix[y*m.Stride:][:4*m.Rect.Dx()], out.Pix[y*out.Stride:]
		for i, v := range from {
			if i%4 == 3 {
				to[i] = v
				continue
			}
			to[i] = clamp8(int32(v) + (int32(v)-int32(to[i]))*int32(percent)/50)
		}
	}
	return out
}
