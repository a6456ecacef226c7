package effects

import (
	"image"
	"math"
)

// tone applies the effects that map levels to levels, the same in each channel, in place.
func (e Set) tone(m *image.NRGBA) {
	if e.Exposure == 0 && e.Highlights == 0 && e.Shadows == 0 {
		return
	}
	var table [256]uint8
	for i := range table {
		v := float64(i) / 255
		if e.Exposure != 0 {
			v = fromLinear(min(toLinear(v)*math.Exp2(float64(e.Exposure)/50), 1))
		}
		// Curves that keep black and white, and stay monotone: their slopes are within 0.5…2.5.
		v += 1.5 * float64(e.Highlights) / 100 * v * v * (1 - v)
		v += 1.5 * float64(e.Shadows) / 100 * v * (1 - v) * (1 - v)
		table[i] = level(v)
	}
	eachPixel(m, func(p []uint8) { p[0], p[1], p[2] = table[p[0]], table[p[1]], table[p[2]] })
}

// toLinear and fromLinear convert between sRGB and light, both within 0…1.
func toLinear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func fromLinear(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// level returns the level of 0…255 nearest to v in 0…1.
func level(v float64) uint8 { return uint8(min(max(v, 0), 1)*255 + 0.5) }

// eachPixel calls f with the four bytes of each pixel.
func eachPixel(m *image.NRGBA, f func(p []uint8)) {
	for y := range m.Rect.Dy() {
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) > 0; row = row[4:] {
			f(row[:4:4])
		}
	}
}
