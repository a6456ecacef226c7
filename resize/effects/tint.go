package effects

import (
	"image"
	"math"
	"strings"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// An rgbColour is red, green and blue within 0…1.
type rgbColour [3]float64

// tint applies the effects that mix channels, in place.
func (e Set) tint(m *image.NRGBA) {
	for _, f := range e.tints() {
		eachPixel(m, func(p []uint8) {
			c := f(rgbColour{float64(p[0]) / 255, float64(p[1]) / 255, float64(p[2]) / 255})
			p[0], p[1], p[2] = level(c[0]), level(c[1]), level(c[2])
		})
	}
}

// tints returns the functions of colours that are not without effect.
func (e Set) tints() (fs []func(rgbColour) rgbColour) {
	if e.Vibrance != 0 {
		fs = append(fs, vibrance(float64(e.Vibrance)/100))
	}
	if e.Hue != 0 {
		fs = append(fs, hueRotation(float64(e.Hue)).apply)
	}
	if e.Monochrome != "" {
		fs = append(fs, monochrome(e.Monochrome))
	}
	if e.Sepia != 0 {
		fs = append(fs, sepia(float64(e.Sepia)/100).apply)
	}
	if e.Duotone != "" {
		fs = append(fs, e.duotone())
	}
	return fs
}

// luma returns how bright a colour is, by the weights of CSS's compositing and of JFIF.
func (c rgbColour) luma() float64 { return 0.299*c[0] + 0.587*c[1] + 0.114*c[2] }

// toward returns a colour a part of the way from c to d.
func (c rgbColour) toward(d rgbColour, part float64) rgbColour {
	for i := range c {
		c[i] += (d[i] - c[i]) * part
	}
	return c
}

// vibrance returns a function that moves colours away from grey, or to it, the less the more saturated they are.
func vibrance(amount float64) func(rgbColour) rgbColour {
	return func(c rgbColour) rgbColour {
		y := c.luma()
		saturation := max(c[0], c[1], c[2]) - min(c[0], c[1], c[2])
		return rgbColour{y, y, y}.toward(c, 1+amount*(1-saturation))
	}
}

// A colourMatrix has a row for each channel of the result.
type colourMatrix [3]rgbColour

func (m colourMatrix) apply(c rgbColour) (out rgbColour) {
	for i, row := range m {
		out[i] = row[0]*c[0] + row[1]*c[1] + row[2]*c[2]
	}
	return out
}

// hueRotation is hue-rotate of Filter Effects Module Level 1.
func hueRotation(degrees float64) colourMatrix {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return colourMatrix{
		{0.213 + cos*0.787 - sin*0.213, 0.715 - cos*0.715 - sin*0.715, 0.072 - cos*0.072 + sin*0.928},
		{0.213 - cos*0.213 + sin*0.143, 0.715 + cos*0.285 + sin*0.140, 0.072 - cos*0.072 - sin*0.283},
		{0.213 - cos*0.213 - sin*0.787, 0.715 - cos*0.715 + sin*0.715, 0.072 + cos*0.928 + sin*0.072},
	}
}

// sepia is sepia of Filter Effects Module Level 1.
func sepia(amount float64) colourMatrix {
	full := colourMatrix{{0.393, 0.769, 0.189}, {0.349, 0.686, 0.168}, {0.272, 0.534, 0.131}}
	m := colourMatrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	for i := range m {
		m[i] = m[i].toward(full[i], amount)
	}
	return m
}

// monochrome returns a function that gives colours the hue and saturation of a colour, and keeps their luma: the blend mode
// color of Compositing and Blending Level 1. A grey takes all colour away.
func monochrome(hex string) func(rgbColour) rgbColour {
	to, part := colourOf(hex)
	return func(c rgbColour) rgbColour { return c.toward(withLuma(to, c.luma()), part) }
}

// withLuma returns a colour with another luma, as saturated as that allows.
func withLuma(c rgbColour, y float64) rgbColour {
	d := y - c.luma()
	for i := range c {
		c[i] += d
	}
	grey := rgbColour{y, y, y}
	if lowest := min(c[0], c[1], c[2]); lowest < 0 {
		c = grey.toward(c, y/(y-lowest))
	}
	if highest := max(c[0], c[1], c[2]); highest > 1 {
		c = grey.toward(c, (1-y)/(highest-y))
	}
	return c
}

// duotone returns a function that replaces colours by ones between two, by their luma.
func (e Set) duotone() func(rgbColour) rgbColour {
	darkHex, lightHex, _ := strings.Cut(e.Duotone, "-")
	dark, _ := colourOf(darkHex)
	light, _ := colourOf(lightHex)
	part := 1.0
	if e.DuotoneAlpha != 0 {
		part = float64(e.DuotoneAlpha) / 100
	}
	return func(c rgbColour) rgbColour { return c.toward(dark.toward(light, c.luma()), part) }
}

// colourOf returns a colour and its alpha.
func colourOf(hex string) (rgbColour, float64) {
	c := hexcolor.NRGBA(hex)
	return rgbColour{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255}, float64(c.A) / 255
}
