package jpeg

// transform writes the samples of a block at some scale. last is the index, in the order of the file, of the last
// coefficient that is not zero.
func transform(dst []uint8, stride int, coefs *[64]int32, scale, last int) {
	if last == 0 || scale == 1 {
		flat(dst, stride, coefs[0], scale)
		return
	}
	switch scale {
	case 8:
		idct8(dst, stride, coefs)
	case 4:
		idct4(dst, stride, coefs)
	case 2:
		idct2(dst, stride, coefs)
	default:
		idctN(dst, stride, coefs, scale)
	}
}

// flat fills a block whose only coefficient is its mean.
func flat(dst []uint8, stride int, dc int32, scale int) {
	v := sample((dc + 4) >> 3)
	for y := range scale {
		row := dst[y*stride : y*stride+scale]
		for x := range row {
			row[x] = v
		}
	}
}

// sample shifts a level around zero to 0…255.
func sample(v int32) uint8 {
	v += 128
	if uint32(v) > 255 {
		return uint8(^(v >> 31)) // 0 below, 255 above
	}
	return uint8(v)
}

// Constants of Loeffler, Ligtenberg and Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications"
// (1989), in 13 bits, and of the rotations of 4 points.
const (
	constBits = 13
	passBits  = 2 // that the first pass keeps beyond whole levels

	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

// idct8 is the inverse transform of a whole block: columns into a workspace, then rows.
func idct8(dst []uint8, stride int, c *[64]int32) {
	var ws [64]int32
	for x := range 8 {
		c1, c2, c3, c4, c5, c6, c7 := c[8+x], c[16+x], c[24+x], c[32+x], c[40+x], c[48+x], c[56+x]
		if c1|c2|c3|c4|c5|c6|c7 == 0 {
			v := c[x] << passBits
			ws[x], ws[8+x], ws[16+x], ws[24+x] = v, v, v, v
			ws[32+x], ws[40+x], ws[48+x], ws[56+x] = v, v, v, v
			continue
		}
		e0, e1, e2, e3, o0, o1, o2, o3 := butterfly8(c[x], c1, c2, c3, c4, c5, c6, c7)
		const shift, round = constBits - passBits, 1 << (constBits - passBits - 1)
		e0, e1, e2, e3 = e0+round, e1+round, e2+round, e3+round
		ws[x], ws[56+x] = (e0+o0)>>shift, (e0-o0)>>shift
		ws[8+x], ws[48+x] = (e1+o1)>>shift, (e1-o1)>>shift
		ws[16+x], ws[40+x] = (e2+o2)>>shift, (e2-o2)>>shift
		ws[24+x], ws[32+x] = (e3+o3)>>shift, (e3-o3)>>shift
	}
	for y := range 8 {
		w := ws[8*y : 8*y+8 : 8*y+8]
		out := dst[y*stride : y*stride+8 : y*stride+8]
		const shift = constBits + passBits + 3
		const round = 1 << (shift - 1)
		e0, e1, e2, e3, o0, o1, o2, o3 := butterfly8(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7])
		e0, e1, e2, e3 = e0+round, e1+round, e2+round, e3+round
		out[0], out[7] = sample((e0+o0)>>shift), sample((e0-o0)>>shift)
		out[1], out[6] = sample((e1+o1)>>shift), sample((e1-o1)>>shift)
		out[2], out[5] = sample((e2+o2)>>shift), sample((e2-o2)>>shift)
		out[3], out[4] = sample((e3+o3)>>shift), sample((e3-o3)>>shift)
	}
}

// butterfly8 returns the even and the odd parts of a line of 8; their sums and differences are its samples.
func butterfly8(c0, c1, c2, c3, c4, c5, c6, c7 int32) (e0, e1, e2, e3, o0, o1, o2, o3 int32) {
	z := (c2 + c6) * fix0541196100
	t2, t3 := z-c6*fix1847759065, z+c2*fix0765366865
	t0, t1 := (c0+c4)<<constBits, (c0-c4)<<constBits
	e0, e3, e1, e2 = t0+t3, t0-t3, t1+t2, t1-t2

	z1, z2, z3, z4 := c7+c1, c5+c3, c7+c3, c5+c1
	z5 := (z3 + z4) * fix1175875602
	z1, z2 = -z1*fix0899976223, -z2*fix2562915447
	z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
	o3 = c7*fix0298631336 + z1 + z3
	o2 = c5*fix2053119869 + z2 + z4
	o1 = c3*fix3072711026 + z2 + z3
	o0 = c1*fix1501321110 + z1 + z4
	return e0, e1, e2, e3, o0, o1, o2, o3
}

// idct4 makes 4 × 4 samples of the 4 × 4 lowest frequencies.
func idct4(dst []uint8, stride int, c *[64]int32) {
	var ws [16]int32
	for x := range 4 {
		c1, c2, c3 := c[8+x], c[16+x], c[24+x]
		if c1|c2|c3 == 0 {
			v := c[x] << passBits
			ws[x], ws[4+x], ws[8+x], ws[12+x] = v, v, v, v
			continue
		}
		const shift, round = constBits - passBits, 1 << (constBits - passBits - 1)
		e0, e1, o0, o1 := butterfly4(c[x], c1, c2, c3)
		e0, e1 = e0+round, e1+round
		ws[x], ws[12+x] = (e0+o0)>>shift, (e0-o0)>>shift
		ws[4+x], ws[8+x] = (e1+o1)>>shift, (e1-o1)>>shift
	}
	for y := range 4 {
		const shift = constBits + passBits + 3
		const round = 1 << (shift - 1)
		e0, e1, o0, o1 := butterfly4(ws[4*y], ws[4*y+1], ws[4*y+2], ws[4*y+3])
		e0, e1 = e0+round, e1+round
		out := dst[y*stride : y*stride+4 : y*stride+4]
		out[0], out[3] = sample((e0+o0)>>shift), sample((e0-o0)>>shift)
		out[1], out[2] = sample((e1+o1)>>shift), sample((e1-o1)>>shift)
	}
}

// butterfly4 is the line of 4 of the transform that has the scale of 8: its constants are √2·cos(π/8), …
func butterfly4(c0, c1, c2, c3 int32) (e0, e1, o0, o1 int32) {
	e0, e1 = (c0+c2)<<constBits, (c0-c2)<<constBits
	z := (c1 + c3) * fix0541196100
	return e0, e1, z + c1*fix0765366865, z - c3*fix1847759065
}

func idct2(dst []uint8, stride int, c *[64]int32) {
	a, b := c[0]+c[8], c[0]-c[8]
	d, e := c[1]+c[9], c[1]-c[9]
	dst[0], dst[1] = sample((a+d+4)>>3), sample((a-d+4)>>3)
	dst[stride], dst[stride+1] = sample((b+e+4)>>3), sample((b-e+4)>>3)
}

// cosines hold for each scale the values of its cosines: sample x of frequency u, √2·cos((2x+1)uπ/2N) for u > 0.
var cosines = [9]*[64]int32{
	3: newCosines(3), 5: newCosines(5), 6: newCosines(6),
}

// idctN is the inverse transform as a product of matrices.
func idctN(dst []uint8, stride int, c *[64]int32, n int) {
	var ws [64]int32
	cos := cosines[n]
	for x := range n {
		for y := range n {
			sum := int32(1 << (constBits - passBits - 1))
			for v := range n {
				sum += c[8*v+x] * cos[8*y+v]
			}
			ws[8*y+x] = sum >> (constBits - passBits)
		}
	}
	for y := range n {
		w := ws[8*y : 8*y+8]
		out := dst[y*stride : y*stride+n]
		for x := range out {
			const shift = constBits + passBits + 3
			sum := int32(1 << (shift - 1))
			for u := range n {
				sum += w[u] * cos[8*x+u]
			}
			out[x] = sample(sum >> shift)
		}
	}
}
