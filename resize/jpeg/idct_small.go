package jpeg

import "encoding/binary"

// The small transforms make N × N samples of the N × N lowest frequencies, as the scaled ones of libjpeg. Their
// constants are the factors √2·cos((2x+1)uπ/2N) of frequency u in sample x, times 2^constBits. Samples x and N−1−x of
// a line are the sum and the difference of an even part, ex, to which even frequencies contribute, and an odd part,
// ox.
const (
	fix0366025404 = 750
	fix0437016024 = 895
	fix0707106781 = 1448
	fix0831253876 = 1702
	fix1144122806 = 2343
	fix1224744871 = 2508
	fix1344997024 = 2755
)

// unbiased returns the coefficients in a column and the one right of it, without their bias.
func (b *block) unbiased(row, column int) uint64 {
	return b.pair(32*row+4*column) - coefBias*both
}

// untilted returns a word of the second pass without its tilt.
func untilted(w uint64) uint64 { return w - tilt*both }

// lines6 transforms two lines of six coefficients.
func lines6(c0, c1, c2, c3, c4, c5 uint64) (e0, e1, e2, o0, o1, o2 uint64) {
	t, u, v := c0<<constBits, c2*fix1224744871, c4*fix0707106781
	z := (c1 + c5) * fix0366025404
	return t + v + u, t - 2*v, t + v - u, z + (c1+c3)<<constBits, (c1 - c3 - c5) << constBits, z + (c5-c3)<<constBits
}

// inverse6 writes 6 × 6 samples.
func (b *block) inverse6(dst []uint8, stride int) {
	var w [18]uint64
	for x := 0; x < 6; x += 2 {
		e0, e1, e2, o0, o1, o2 := lines6(b.unbiased(0, x), b.unbiased(1, x), b.unbiased(2, x),
			b.unbiased(3, x), b.unbiased(4, x), b.unbiased(5, x))
		e0, e1, e2 = e0+tilt1*both, e1+tilt1*both, e2+tilt1*both
		w[x], w[x+1] = turn(e0+o0, e0-o0)
		w[6+x], w[7+x] = turn(e1+o1, e1-o1)
		w[12+x], w[13+x] = turn(e2+o2, e2-o2)
	}
	for y := range 3 {
		r := (*[6]uint64)(w[6*y:])
		e0, e1, e2, o0, o1, o2 := lines6(untilted(r[0]), untilted(r[1]), untilted(r[2]),
			untilted(r[3]), untilted(r[4]), untilted(r[5]))
		e0, e1, e2 = e0+level*both, e1+level*both, e2+level*both
		*r = [6]uint64{e0 + o0, e1 + o1, e2 + o2, e2 - o2, e1 - o1, e0 - o0}
		storeRows(dst[y*stride:], dst[(5-y)*stride:], r[:])
	}
}

// lines5 transforms two lines of five coefficients. The sample in the middle is e2 alone.
func lines5(c0, c1, c2, c3, c4 uint64) (e0, e1, e2, o0, o1 uint64) {
	t, z := c0<<constBits, (c2-c4)*fix0707106781
	return t + c2*fix1144122806 + c4*fix0437016024, t - c2*fix0437016024 - c4*fix1144122806, t - 2*z,
		c1*fix1344997024 + c3*fix0831253876, c1*fix0831253876 - c3*fix1344997024
}

// inverse5 writes 5 × 5 samples. Its third pair of columns has a sixth, which counts for nothing, and its third pair of
// rows is the row in the middle twice.
func (b *block) inverse5(dst []uint8, stride int) {
	var w [18]uint64
	for x := 0; x < 6; x += 2 {
		e0, e1, e2, o0, o1 := lines5(b.unbiased(0, x), b.unbiased(1, x), b.unbiased(2, x),
			b.unbiased(3, x), b.unbiased(4, x))
		e0, e1, e2 = e0+tilt1*both, e1+tilt1*both, e2+tilt1*both
		w[x], w[x+1] = turn(e0+o0, e0-o0)
		w[6+x], w[7+x] = turn(e1+o1, e1-o1)
		w[12+x], w[13+x] = turn(e2, e2)
	}
	for y := range 3 {
		r := (*[5]uint64)(w[6*y:])
		e0, e1, e2, o0, o1 := lines5(untilted(r[0]), untilted(r[1]), untilted(r[2]),
			untilted(r[3]), untilted(r[4]))
		e0, e1, e2 = e0+level*both, e1+level*both, e2+level*both
		*r = [5]uint64{e0 + o0, e1 + o1, e2, e1 - o1, e0 - o0}
		storeRows(dst[y*stride:], dst[(4-y)*stride:], r[:])
	}
}

// lines4 transforms two lines of four coefficients.
func lines4(c0, c1, c2, c3 uint64) (e0, e1, o0, o1 uint64) {
	z := (c1 + c3) * fix0541196100
	return (c0 + c2) << constBits, (c0 - c2) << constBits, z + c1*fix0765366865, z - c3*fix1847759065
}

// inverse4 writes 4 × 4 samples.
func (b *block) inverse4(dst []uint8, stride int) {
	var w [8]uint64
	for x := 0; x < 4; x += 2 {
		e0, e1, o0, o1 := lines4(b.unbiased(0, x), b.unbiased(1, x), b.unbiased(2, x), b.unbiased(3, x))
		e0, e1 = e0+tilt1*both, e1+tilt1*both
		w[x], w[x+1] = turn(e0+o0, e0-o0)
		w[4+x], w[5+x] = turn(e1+o1, e1-o1)
	}
	for y := range 2 {
		r := (*[4]uint64)(w[4*y:])
		e0, e1, o0, o1 := lines4(untilted(r[0]), untilted(r[1]), untilted(r[2]), untilted(r[3]))
		e0, e1 = e0+level*both, e1+level*both
		r[0], r[1], r[2], r[3] = e0+o0, e1+o1, e1-o1, e0-o0
		if (r[0]|r[1]|r[2]|r[3])&beyond != 0 {
			r[0], r[1], r[2], r[3] = clamp(r[0]), clamp(r[1]), clamp(r[2]), clamp(r[3])
		}
		rows := pack(r[0], r[1], r[2], r[3])
		binary.LittleEndian.PutUint32(dst[y*stride:], uint32(rows))
		binary.LittleEndian.PutUint32(dst[(3-y)*stride:], uint32(rows>>32))
	}
}

// lines3 transforms two lines of three coefficients. The sample in the middle is e1 alone.
func lines3(c0, c1, c2 uint64) (e0, e1, o0 uint64) {
	z := c2 * fix0707106781
	return c0<<constBits + z, c0<<constBits - 2*z, c1 * fix1224744871
}

// inverse3 writes 3 × 3 samples. Its second pair of columns has a fourth, which counts for nothing, and its second
// pair of rows is the row in the middle twice.
func (b *block) inverse3(dst []uint8, stride int) {
	var w [8]uint64
	for x := 0; x < 4; x += 2 {
		e0, e1, o0 := lines3(b.unbiased(0, x), b.unbiased(1, x), b.unbiased(2, x))
		e0, e1 = e0+tilt1*both, e1+tilt1*both
		w[x], w[x+1] = turn(e0+o0, e0-o0)
		w[4+x], w[5+x] = turn(e1, e1)
	}
	for y := range 2 {
		r := (*[3]uint64)(w[4*y:])
		e0, e1, o0 := lines3(untilted(r[0]), untilted(r[1]), untilted(r[2]))
		e0, e1 = e0+level*both, e1+level*both
		*r = [3]uint64{e0 + o0, e1, e0 - o0}
		storeRows(dst[y*stride:], dst[(2-y)*stride:], r[:])
	}
}

// storeRows writes the samples of two rows, which may be the same row.
func storeRows(top, bottom []uint8, results []uint64) {
	for x, w := range results {
		if w&beyond != 0 {
			w = clamp(w)
		}
		top[x], bottom[x] = uint8(w>>shift2), uint8(w>>(32+shift2))
	}
}

// inverse2 writes 2 × 2 samples.
func (b *block) inverse2(dst []uint8, stride int) {
	c0, c1, c2, c3 := b.at(0)+4, b.at(1), b.at(8), b.at(9)
	dst[0], dst[1] = sample((c0+c1+c2+c3)>>3), sample((c0-c1+c2-c3)>>3)
	dst[stride], dst[stride+1] = sample((c0+c1-c2-c3)>>3), sample((c0-c1-c2+c3)>>3)
}
