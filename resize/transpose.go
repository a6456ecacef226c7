package resize

import "encoding/binary"

// transpose returns p mirrored on its diagonal.
func transpose(p plane) plane {
	out := newPlane(p.h, p.w)
	out.stepX, out.stepY = p.stepY, p.stepX
	for x := 0; x < p.w; x += stripWidth { // so that what is written stays in the cache
		band := p
		band.w = min(stripWidth, p.w-x)
		for y := 0; y < p.h; y += bandHeight {
			band.pix, band.h = p.pix[y*p.stride+x:], min(bandHeight, p.h-y)
			transposeBand(out, band, x, y)
		}
	}
	return out
}

// transposeBand writes a band of at most bandHeight rows as the columns of out from y on, in its rows from x on.
func transposeBand(out, band plane, x, y int) {
	at := 0
	if band.h == bandHeight {
		for ; at+8 <= band.w; at += 8 {
			transpose8(out.pix[(x+at)*out.stride+y:], out.stride, band.pix[at:], band.stride)
		}
	}
	for ; at < band.w; at++ {
		to := out.pix[(x+at)*out.stride+y:][:band.h]
		for k := range to {
			to[k] = band.pix[k*band.stride+at]
		}
	}
}

// transpose8 transposes 8 × 8 samples: quarters of 4 × 4 change places first, then those of 2 × 2, then samples.
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

// swapped32 lets the upper half of a and the lower half of b change places; swapped16 and swapped8 do the same in
// smaller pieces.
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
