package plane

import "encoding/binary"

// transpose returns p with its rows and columns exchanged.
func transpose(p Plane) Plane {
	out := New(p.H, p.W)
	out.StepX, out.StepY = p.StepY, p.StepX
	for x := 0; x < p.W; x += stripWidth { // so that the rows that are written stay in the cache
		band := p
		band.W = min(stripWidth, p.W-x)
		for y := 0; y < p.H; y += bandHeight {
			band.Pix, band.H = p.Pix[y*p.Stride+x:], min(bandHeight, p.H-y)
			transposeBand(out, band, x, y)
		}
	}
	return out
}

// transposeBand writes the rows of a band, which are at most bandHeight, as columns of out from column y and row x on.
func transposeBand(out, band Plane, x, y int) {
	at := 0
	if band.H == bandHeight {
		for ; at+8 <= band.W; at += 8 {
			transpose8(out.Pix[(x+at)*out.Stride+y:], out.Stride, band.Pix[at:], band.Stride)
		}
	}
	for ; at < band.W; at++ {
		to := out.Pix[(x+at)*out.Stride+y:][:band.H]
		for k := range to {
			to[k] = band.Pix[k*band.Stride+at]
		}
	}
}

// transpose8 transposes 8 × 8 samples: it exchanges blocks of 4 × 4 first, then blocks of 2 × 2, then single samples.
func transpose8(to []uint8, toStride int, from []uint8, stride int) {
	a, b := word8(from), word8(from[stride:])
	c, d := word8(from[2*stride:]), word8(from[3*stride:])
	e, f := word8(from[4*stride:]), word8(from[5*stride:])
	g, h := word8(from[6*stride:]), word8(from[7*stride:])
	a, e = swapped32(a, e)
	b, f = swapped32(b, f)
	c, g = swapped32(c, g)
	d, h = swapped32(d, h)
	a, c = swapped16(a, c)
	b, d = swapped16(b, d)
	e, g = swapped16(e, g)
	f, h = swapped16(f, h)
	a, b = swapped8(a, b)
	c, d = swapped8(c, d)
	e, f = swapped8(e, f)
	g, h = swapped8(g, h)
	for i, row := range [8]uint64{a, b, c, d, e, f, g, h} {
		binary.LittleEndian.PutUint64(to[i*toStride:], row)
	}
}

// swapped32 exchanges the upper half of a and the lower half of b; swapped16 and swapped8 do the same within pieces of
// 32 and 16 bits.
func swapped32(a, b uint64) (uint64, uint64) {
	const lower = 1<<32 - 1
	return a&lower | b<<32, a>>32 | b&^lower
}

func swapped16(a, b uint64) (uint64, uint64) {
	const lower = 0x0000ffff0000ffff
	return a&lower | b<<16&^lower, a>>16&lower | b&^lower
}

func swapped8(a, b uint64) (uint64, uint64) {
	const lower = 0x00ff00ff00ff00ff
	return a&lower | b<<8&^lower, a>>8&lower | b&^lower
}
