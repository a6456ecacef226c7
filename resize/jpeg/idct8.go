package jpeg

import "encoding/binary"

// A constant that is added to all eight coefficients of a line adds these multiples of it to the terms of the even part
// (t2 and t3) and of the odd part (o0 to o3).
const (
	even2 = 2*fix0541196100 - fix1847759065
	even3 = 2*fix0541196100 + fix0765366865
	odd0  = 4*fix1175875602 + fix1501321110 - 2*fix0899976223 - 2*fix0390180644
	odd1  = 4*fix1175875602 + fix3072711026 - 2*fix2562915447 - 2*fix1961570560
	odd2  = 4*fix1175875602 + fix2053119869 - 2*fix2562915447 - 2*fix0390180644
	odd3  = 4*fix1175875602 + fix0298631336 - 2*fix0899976223 - 2*fix1961570560
)

// inverse8 writes 8 × 8 samples. Its two passes are the same except for the constants that they add: coefBias and tilt1,
// or tilt and level.
func (b *block) inverse8(dst []uint8, stride int) {
	var rows [32]uint64
	for x := range 4 {
		c := (*[232]byte)(b[8*x:])
		c0, c4 := word(c, 0), word(c, 128)
		t0, t1 := (c0+c4)<<constBits+(tilt1-2*coefBias<<constBits)*both, (c0-c4)<<constBits+tilt1*both
		c2, c6 := word(c, 64), word(c, 192)
		z := (c2 + c6) * fix0541196100
		t2 := z - c6*fix1847759065 - coefBias*even2*both&mod64
		t3 := z + c2*fix0765366865 - coefBias*even3*both&mod64
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

		c1, c3, c5, c7 := word(c, 32), word(c, 96), word(c, 160), word(c, 224)
		z3, z4 := c7+c3, c5+c1
		z5 := (z3 + z4) * fix1175875602
		z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
		z1, z2 := (c7+c1)*fix0899976223, (c5+c3)*fix2562915447

		w := (*[26]uint64)(rows[2*x:])
		o0 := c1*fix1501321110 - z1 + z4 - coefBias*odd0*both&mod64
		w[0], w[1] = turn(e0+o0, e0-o0)
		o3 := c7*fix0298631336 - z1 + z3 - coefBias*odd3*both&mod64
		w[24], w[25] = turn(e3+o3, e3-o3)
		o1 := c3*fix3072711026 - z2 + z3 - coefBias*odd1*both&mod64
		w[8], w[9] = turn(e1+o1, e1-o1)
		o2 := c5*fix2053119869 - z2 + z4 - coefBias*odd2*both&mod64
		w[16], w[17] = turn(e2+o2, e2-o2)
	}
	for y := range 4 {
		w := (*[8]uint64)(rows[8*y:])
		c0, c4 := w[0], w[4]
		t0, t1 := (c0+c4)<<constBits+(level-2*tilt<<constBits)*both&mod64, (c0-c4)<<constBits+level*both
		c2, c6 := w[2], w[6]
		z := (c2 + c6) * fix0541196100
		t2 := z - c6*fix1847759065 - tilt*even2*both&mod64
		t3 := z + c2*fix0765366865 - tilt*even3*both&mod64
		e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

		c1, c3, c5, c7 := w[1], w[3], w[5], w[7]
		z3, z4 := c7+c3, c5+c1
		z5 := (z3 + z4) * fix1175875602
		z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
		z1, z2 := (c7+c1)*fix0899976223, (c5+c3)*fix2562915447

		o0 := c1*fix1501321110 - z1 + z4 - tilt*odd0*both&mod64
		w[0], w[7] = e0+o0, e0-o0
		o3 := c7*fix0298631336 - z1 + z3 - tilt*odd3*both&mod64
		w[3], w[4] = e3+o3, e3-o3
		o1 := c3*fix3072711026 - z2 + z3 - tilt*odd1*both&mod64
		w[1], w[6] = e1+o1, e1-o1
		o2 := c5*fix2053119869 - z2 + z4 - tilt*odd2*both&mod64
		w[2], w[5] = e2+o2, e2-o2
	}
	store8(dst, stride, &rows)
}

// word returns the coefficients of two columns at a byte offset, which is 32 times the row.
func word(columns *[232]byte, offset int) uint64 { return binary.LittleEndian.Uint64(columns[offset:]) }

// The factors of c1 and c3 in o0 to o3 where all other odd coefficients are 0.
const (
	c1o0, c3o0 = fix1501321110 - fix0899976223 + fix1175875602 - fix0390180644, fix1175875602
	c1o1, c3o1 = fix1175875602, fix3072711026 - fix2562915447 + fix1175875602 - fix1961570560
	c1o2, c3o2 = fix1175875602 - fix0390180644, fix1175875602 - fix2562915447
	c1o3, c3o3 = fix1175875602 - fix0899976223, fix1175875602 - fix1961570560
)

// inverse8of4 is inverse8 for a block that has only the 4 × 4 lowest frequencies.
func (b *block) inverse8of4(dst []uint8, stride int) {
	var rows [32]uint64
	for x := range 2 {
		c := (*[232]byte)(b[8*x:])
		c0, c2 := word(c, 0)<<constBits, word(c, 64)
		c0 += (tilt1 - coefBias<<constBits) * both & mod64
		t2 := c2*fix0541196100 - coefBias*fix0541196100*both
		t3 := c2*(fix0541196100+fix0765366865) - coefBias*(fix0541196100+fix0765366865)*both
		e0, e3, e1, e2 := c0+t3, c0-t3, c0+t2, c0-t2

		c1, c3 := word(c, 32), word(c, 96)
		w := (*[26]uint64)(rows[2*x:])
		o0 := c1*c1o0 + c3*c3o0 - coefBias*(c1o0+c3o0)*both&mod64
		w[0], w[1] = turn(e0+o0, e0-o0)
		o1 := c1*c1o1 - c3*-c3o1 - coefBias*(c1o1+c3o1)*both&mod64
		w[8], w[9] = turn(e1+o1, e1-o1)
		o2 := c1*c1o2 - c3*-c3o2 - coefBias*(c1o2+c3o2)*both&mod64
		w[16], w[17] = turn(e2+o2, e2-o2)
		o3 := c1*c1o3 - c3*-c3o3 - coefBias*(c1o3+c3o3)*both&mod64
		w[24], w[25] = turn(e3+o3, e3-o3)
	}
	for y := range 4 {
		w := (*[8]uint64)(rows[8*y:])
		c0, c1, c2, c3 := w[0]<<constBits, w[1], w[2], w[3]
		c0 += (level - tilt<<constBits) * both & mod64
		t2 := c2*fix0541196100 - tilt*fix0541196100*both&mod64
		t3 := c2*(fix0541196100+fix0765366865) - tilt*(fix0541196100+fix0765366865)*both&mod64
		e0, e3, e1, e2 := c0+t3, c0-t3, c0+t2, c0-t2

		o0 := c1*c1o0 + c3*c3o0 - tilt*(c1o0+c3o0)*both&mod64
		w[0], w[7] = e0+o0, e0-o0
		o1 := c1*c1o1 - c3*-c3o1 - tilt*(c1o1+c3o1)*both&mod64
		w[1], w[6] = e1+o1, e1-o1
		o2 := c1*c1o2 - c3*-c3o2 - tilt*(c1o2+c3o2)*both&mod64
		w[2], w[5] = e2+o2, e2-o2
		o3 := c1*c1o3 - c3*-c3o3 - tilt*(c1o3+c3o3)*both&mod64
		w[3], w[4] = e3+o3, e3-o3
	}
	store8(dst, stride, &rows)
}

// store8 writes 8 × 8 samples. Row y of rows has the results of rows y and 7−y.
func store8(dst []uint8, stride int, rows *[32]uint64) {
	for y := range 4 {
		w := (*[8]uint64)(rows[8*y:])
		if (w[0]|w[1]|w[2]|w[3]|w[4]|w[5]|w[6]|w[7])&beyond != 0 {
			for x := range w {
				w[x] = clamp(w[x])
			}
		}
		left, right := pack(w[0], w[1], w[2], w[3]), pack(w[4], w[5], w[6], w[7])
		binary.LittleEndian.PutUint64(dst[y*stride:], left&(1<<32-1)|right<<32)
		binary.LittleEndian.PutUint64(dst[(7-y)*stride:], left>>32|right&^(1<<32-1))
	}
}

// pack returns the samples of four results of the second pass in either row, one byte each: those of row y in the lower
// half, those of row N−1−y in the upper.
func pack(w0, w1, w2, w3 uint64) uint64 {
	const first = 0xff * both
	return w0>>shift2&first | w1>>(shift2-8)&(first<<8) | w2>>(shift2-16)&(first<<16) | w3<<(24-shift2)&(first<<24)
}
