// Package effects changes the pixels of an image that has its final size: its levels, its colours, its sharpness.
//
//	levels     brightness, contrast, saturation, gamma, exposure, highlights, shadows
//	colours    vibrance, hue, monochrome, sepia, duotone
//	detail     sharpen, unsharp, pixellate
//	at last    invert, flip
//
// A [Set] has the amounts of all, and they come in this order. Where CSS or imgix has an effect of the same name, it means the same
// here. Alpha stays, except that of pixels that are mixed with others.
package effects

import (
	"image"
	"math"

	"github.com/disintegration/imaging"
)

// A Set has effects on the colours of a variant and its sharpness, and may mirror it. The numbers are percentages, 0 for none, unless they
// say otherwise, and the effects come in the order of the fields. The zero value changes nothing.
type Set struct {
	Brightness   int    // -100 is black, 100 is white
	Contrast     int    // -100 is grey, 100 leaves only the ends of each channel
	Saturation   int    // -100 is without colour, 100 is twice as much
	Gamma        int    // levels to the power of 2^(-Gamma/100): positive numbers brighten the middle
	Exposure     int    // 2^(Exposure/50) times the light
	Highlights   int    // -100…0: darkens bright levels
	Shadows      int    // 0…100: brightens dark levels
	Vibrance     int    // saturation, of pale colours most
	Hue          int    // degrees by which hues are rotated, 0…359
	Monochrome   string // rrggbb, the hue and saturation of all pixels, or rrggbbaa for some of it; "" is none
	Sepia        int    // 0…100, as the filter of CSS
	Duotone      string // rrggbb-rrggbb, the colours that replace black and white; "" is none
	DuotoneAlpha int    // 1…100, how much of Duotone; 0 is all of it
	Sharpen      int    // 0…100: 50 adds the difference to a blur of sigma 1
	Unsharp      int    // 0…100: the same with UnsharpRadius
	Radius       int    // of Unsharp, tenths of a pixel; 0 is 25
	Pixellate    int    // 0…100, the side of squares of one colour, in pixels
	Invert       bool   // each level becomes 255 less it; last of the colours
	Flip         Flip   // "" is none
}

// A Flip mirrors a variant after it is cropped.
type Flip string

const (
	Horizontal Flip = "h" // left becomes right
	Vertical   Flip = "v" // top becomes bottom
	HalfTurn   Flip = "hv"
)

// Normal returns e without what makes no difference.
func (e Set) Normal() Set {
	if e.Duotone == "" || e.DuotoneAlpha == 100 {
		e.DuotoneAlpha = 0
	}
	if e.Unsharp == 0 || e.Radius == defaultRadius {
		e.Radius = 0
	}
	if e.Pixellate == 1 {
		e.Pixellate = 0
	}
	return e
}

// Apply returns an image with the effects on its colours, and mirrored. It may change m.
func (e Set) Apply(m *image.NRGBA) *image.NRGBA {
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
	e.tone(m)
	e.tint(m)
	if e.Sharpen != 0 {
		m = sharpened(m, 1, e.Sharpen)
	}
	if e.Unsharp != 0 {
		radius := e.Radius
		if radius == 0 {
			radius = defaultRadius
		}
		m = sharpened(m, float64(radius)/10, e.Unsharp)
	}
	if e.Pixellate > 1 {
		m = pixellated(m, e.Pixellate)
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

// defaultRadius is that of imgix, 2.5 pixels.
const defaultRadius = 25

// sharpened returns an image by an unsharp mask: what differs from its blur is added, in some percent of twice the
// difference. Alpha stays.
func sharpened(m *image.NRGBA, sigma float64, percent int) *image.NRGBA {
	out := imaging.Blur(m, sigma)
	for y := range m.Rect.Dy() {
		from, to := m.Pix[y*m.Stride:][:4*m.Rect.Dx()], out.Pix[y*out.Stride:]
		for i, v := range from {
			if i%4 == 3 {
				to[i] = v
				continue
			}
			to[i] = uint8(min(max(int(v)+(int(v)-int(to[i]))*percent/50, 0), 255))
		}
	}
	return out
}

// pixellated returns an image of squares, each of which has the mean of its pixels. The last squares of a row or column may
// be cut.
func pixellated(m *image.NRGBA, side int) *image.NRGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := 0; y < h; y += side {
		for x := 0; x < w; x += side {
			square := m.SubImage(image.Rect(x, y, min(x+side, w), min(y+side, h))).(*image.NRGBA)
			fill(square, mean(square))
		}
	}
	return m
}

// mean returns the mean of the pixels of an image, those of colour weighted by alpha.
func mean(m *image.NRGBA) (p [4]uint8) {
	var sums [4]int
	for y := range m.Rect.Dy() {
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) > 0; row = row[4:] {
			a := int(row[3])
			for i := range 3 {
				sums[i] += int(row[i]) * a
			}
			sums[3] += a
		}
	}
	if sums[3] > 0 {
		for i := range 3 {
			p[i] = uint8((sums[i] + sums[3]/2) / sums[3])
		}
	}
	n := m.Rect.Dx() * m.Rect.Dy()
	p[3] = uint8((sums[3] + n/2) / n)
	return p
}

func fill(m *image.NRGBA, p [4]uint8) {
	for y := range m.Rect.Dy() {
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) > 0; row = row[4:] {
			copy(row, p[:])
		}
	}
}
