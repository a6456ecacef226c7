// Package plane resamples single channels of images: planes of 8-bit samples.
//
//	Plane ─► Halve, as often as the ─► filter the columns, ─► filter the columns, ─► Plane
//	         reduction allows          transpose             which were the rows,
//	         (the caller decides)                            transpose
//
// A [Grid] says where the samples of the result lie on the source. It may start between two samples, and it may run
// backwards, which mirrors, so that cropping, reducing and mirroring are one operation. Exchanging rows and columns
// costs nothing either: each pass over the columns either transposes its result or does not.
//
// The filter is Lanczos3, in integers with weights of 12 bits. It always works along the columns, so that the inner
// loop runs along the rows of memory. The loop takes 3 samples at once in a word of 64 bits, or 32 in vectors where
// the processor and the build have these, see [Kernels]. The results are the same, bit by bit.
package plane

import "encoding/binary"

// A Plane is one channel of an image.
type Plane struct {
	Pix    []uint8 // the sample in column x of row y is Pix[y*Stride+x]
	Stride int     // samples from a row to the next
	W, H   int     // samples

	// StepX and StepY are the pixels of the image that one sample covers in each direction. The last sample of a row or
	// column may reach beyond the end of the image by less than a step: in a chroma plane of an image of odd size, or
	// in an image that was decoded at a reduced scale.
	StepX, StepY float64
}

// New returns a black plane with a sample for each pixel.
func New(w, h int) Plane {
	return Plane{Pix: make([]uint8, w*h), Stride: w, W: w, H: h, StepX: 1, StepY: 1}
}

// Row returns row y. It shares the samples with the plane.
func (p *Plane) Row(y int) []uint8 { return p.Pix[y*p.Stride : y*p.Stride+p.W] }

// Packed returns a copy without padding between rows.
func (p *Plane) Packed() Plane {
	out := New(p.W, p.H)
	out.StepX, out.StepY = p.StepX, p.StepY
	for y := range p.H {
		copy(out.Row(y), p.Row(y))
	}
	return out
}

// Halve averages p down to half its size in both directions, which takes a small part of the time of a filter. At an
// odd end the last sample counts twice.
func Halve(p Plane) Plane {
	out := New((p.W+1)/2, (p.H+1)/2)
	out.StepX, out.StepY = 2*p.StepX, 2*p.StepY
	for y := range out.H {
		above, below := p.Row(2*y), p.Row(min(2*y+1, p.H-1))
		halveRow(out.Row(y), above, below)
	}
	return out
}

// halveRow averages squares of four samples, eight columns at a time: the even and the odd columns of a word are four
// lanes of 16 bits each.
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

// word8 loads eight samples.
func word8(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }
