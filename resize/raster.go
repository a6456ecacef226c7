package resize

import "encoding/binary"

// A space says what the planes of a raster mean.
type space int

const (
	grey space = iota // luma
	ycc               // Y, Cb, Cr of JFIF: full range
	rgb               // R, G, B
	cmyk              // C, M, Y, K; 255 is all of the ink, or none if it is inverted
	ycck              // Y, Cb, Cr of three inks as if they were light, and K, inverted
)

// A raster is a decoded picture: samples of 8 bits in planes. Planes of one raster may differ in size, as chroma
// does; each of them covers the same part of the picture, from (x, y) on.
type raster struct {
	w, h   int // of the whole picture, in pixels
	x, y   int // of the planes' first samples in it
	space  space
	planes []plane
	alpha  bool // the last plane is alpha, the others are premultiplied with it

	inverted bool // cmyk: 255 is no ink

	limited bool   // video levels: ycc of 16…235 and 16…240
	icc     []byte // profile of the colours; nil is sRGB
}

// A plane is one channel.
type plane struct {
	pix    []uint8
	stride int
	w, h   int

	// Samples of the picture that one sample covers. A plane may reach beyond the picture's end by less than a
	// sample: a chroma plane of an odd picture, or a scaled decode.
	stepX, stepY float64
}

func newPlane(w, h int) plane {
	return plane{pix: make([]uint8, w*h), stride: w, w: w, h: h, stepX: 1, stepY: 1}
}

func (p *plane) row(y int) []uint8 { return p.pix[y*p.stride : y*p.stride+p.w] }

// colors returns the planes without alpha.
func (r *raster) colors() []plane {
	if r.alpha {
		return r.planes[:len(r.planes)-1]
	}
	return r.planes
}

// halve averages a plane down to half its size in both directions; at an odd end the last sample stands for
// two. This is the pyramid's step: it takes a small part of the time that a filter takes.
func halve(p plane) plane {
	out := newPlane((p.w+1)/2, (p.h+1)/2)
	out.stepX, out.stepY = 2*p.stepX, 2*p.stepY
	for y := range out.h {
		above, below := p.row(2*y), p.row(min(2*y+1, p.h-1))
		halveRow(out.row(y), above, below)
	}
	return out
}

// halveRow averages squares of four samples, eight columns at a time: even and odd columns as four 16-bit
// lanes of a word.
func halveRow(out, above, below []uint8) {
	const lanes = 0x00ff00ff00ff00ff
	n, x := len(above), 0
	for ; x+8 <= n; x += 8 {
		a, b := word8(above[x:]), word8(below[x:])
		sum := a&lanes + a>>8&lanes + b&lanes + b>>8&lanes + 0x0002000200020002
		sum = sum >> 2 & lanes
		o := out[x/2 : x/2+4 : x/2+4]
		o[0], o[1], o[2], o[3] = uint8(sum), uint8(sum>>16), uint8(sum>>32), uint8(sum>>48)
	}
	for ; x < n; x += 2 {
		x1 := min(x+1, n-1)
		out[x/2] = uint8((int(above[x]) + int(above[x1]) + int(below[x]) + int(below[x1]) + 2) / 4)
	}
}

func word8(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }
