package raster

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// NRGBA returns an image whose planes are of its own size in RGB, without premultiplication.
func (r *Image) NRGBA() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, r.W, r.H))
	for y := range r.H {
		row := m.Pix[y*m.Stride : y*m.Stride+4*r.W]
		switch r.Space {
		case Grey:
			fillGrey(row, r.Planes[0].Row(y))
		case YCC:
			fillYCC(row, r.Planes[0].Row(y), r.Planes[1].Row(y), r.Planes[2].Row(y))
		case RGB:
			fillRGB(row, r.Planes[0].Row(y), r.Planes[1].Row(y), r.Planes[2].Row(y))
		case CMYK:
			fillRGB(row, r.Planes[0].Row(y), r.Planes[1].Row(y), r.Planes[2].Row(y))
			shade(row, r.Planes[3].Row(y), r.Inverted, r.Inverted)
		case YCCK:
			fillYCC(row, r.Planes[0].Row(y), r.Planes[1].Row(y), r.Planes[2].Row(y))
			shade(row, r.Planes[3].Row(y), false, true)
		}
		if r.Alpha {
			unpremultiply(row, r.Planes[len(r.Planes)-1].Row(y))
		}
	}
	return m
}

func fillGrey(row, g []uint8) {
	for x, v := range g {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = v, v, v, 255
	}
}

func fillRGB(row, r, g, b []uint8) {
	for x := range r {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = r[x], g[x], b[x], 255
	}
}

// fillYCC converts by the formula of JFIF, in fixed point.
func fillYCC(row, luma, cb, cr []uint8) {
	for x := range luma {
		y := int32(luma[x])<<16 + 1<<15
		b, r := int32(cb[x])-128, int32(cr[x])-128
		p := row[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = clamp8((y+91881*r)>>16), clamp8((y-22554*b-46802*r)>>16), clamp8((y+116130*b)>>16), 255
	}
}

// shade converts CMYK to colours, in place, as if the inks were ideal: without a profile it is not known which inks
// were meant. light reports whether the first three channels of row are light instead of ink, blackLight the same of
// black.
func shade(row, black []uint8, light, blackLight bool) {
	flip := map[bool]uint8{false: 255}
	ink, k := flip[light], flip[blackLight]
	for x, v := range black {
		p := row[4*x : 4*x+4 : 4*x+4]
		left := uint32(v ^ k)
		for i := range 3 {
			p[i] = uint8((uint32(p[i]^ink)*left + 127) / 255)
		}
	}
}

func unpremultiply(row, alpha []uint8) {
	for x, a := range alpha {
		p := row[4*x : 4*x+4 : 4*x+4]
		p[3] = a
		if a == 0 || a == 255 {
			continue
		}
		for i := range 3 {
			p[i] = uint8(min((int32(p[i])*255+int32(a)/2)/int32(a), 255)) // Lanczos may overshoot alpha
		}
	}
}

func clamp8(v int32) uint8 { return uint8(min(max(v, 0), 255)) }

// toFullRange stretches video levels, 16…235 and 16…240, to 0…255. It replaces the planes, which may be those of the
// original.
func (r *Image) toFullRange() {
	luma, chroma := levels(16, 219, 0), levels(128, 224, 128)
	for i, table := range []*[256]uint8{luma, chroma, chroma} {
		from := r.Planes[i]
		to := plane.New(from.W, from.H)
		for y := range from.H {
			out := to.Row(y)
			for x, v := range from.Row(y) {
				out[x] = table[v]
			}
		}
		r.Planes[i] = to
	}
	r.Limited = false
}

// levels returns a table that moves the level zero to the level to, and stretches span levels to 255.
func levels(zero, span, to int) *[256]uint8 {
	var table [256]uint8
	for v := range table {
		table[v] = clamp8(int32(floorDiv(2*255*(v-zero)+span, 2*span) + to))
	}
	return &table
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}
