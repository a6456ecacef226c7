package jpeg

// Constants of Loeffler, Ligtenberg and Moschytz, "Practical Fast 1-D DCT Algorithms with 11 Multiplications"
// (1989), in 11 bits: with more, a sum of coefficients that no encoder makes would not fit.
const (
	constBits = 11
	passBits  = 2 // that the first pass keeps beyond whole levels

	fix0298631336 = 612
	fix0390180644 = 799
	fix0541196100 = 1108
	fix0765366865 = 1567
	fix0899976223 = 1843
	fix1175875602 = 2408
	fix1501321110 = 3075
	fix1847759065 = 3784
	fix1961570560 = 4017
	fix2053119869 = 4205
	fix2562915447 = 5249
	fix3072711026 = 6293
)

// The transforms work on two lines at once, in the halves of a word: lo + hi·2³², either of them signed. Sums,
// differences and products with constants are right in both, as long as both stay within 32 bits; a negative lo
// borrows from hi, and gives back when it is taken away. The first pass takes columns x and x+1, and turns its
// results into the words of the second, which takes rows y and N−1−y.
//
// To shift the halves, neither may be negative. The first pass adds a tilt that makes them so. It comes out again,
// like the bias of the coefficients, as a constant: the transform is linear.
const (
	both = 1<<32 + 1
	all  = 1<<64 - 1 // makes a word of a negative constant

	shift1 = constBits - passBits
	tilt1  = 1<<30 + 1<<(shift1-1) // and the half that rounds
	tilt   = 1 << (30 - shift1)    // what is left of it in the words of the second pass

	shift2 = constBits + passBits + 3
	level  = 128<<shift2 + 1<<(shift2-1) // the middle grey, and the half that rounds

	// outside are the bits of the halves of a result that only one outside of 0…255 has.
	outside = (1<<32 - 256<<shift2) * both
)

// turn shifts the words of two columns, in rows y and N−1−y, and turns them into a word for each column.
func turn(top, bottom uint64) (left, right uint64) {
	const half = 1<<(32-shift1) - 1
	return top>>shift1&half | bottom<<(32-shift1)&(half<<32), top>>(32+shift1) | bottom>>shift1&(half<<32)
}

// clamp brings both halves of a result to what a sample can be.
func clamp(v uint64) uint64 {
	lo := int32(v)
	hi := int32((v - uint64(lo)) >> 32)
	const most = 256<<shift2 - 1
	return uint64(min(max(lo, 0), most)) | uint64(min(max(hi, 0), most))<<32
}

// sample shifts a level around zero to 0…255.
func sample(v int32) uint8 { return uint8(min(max(v+128, 0), 255)) }

// inverse writes the samples of a block at some scale. last is the index, in the order of the file, of a
// coefficient that no other that is not zero comes behind.
func (b *block) inverse(dst []uint8, stride, scale, last int) {
	switch {
	case last == 0 || scale == 1:
		flat(dst, stride, b.at(0), scale)
	case scale == 8 && hasVectors:
		b.inverse8Vectors(dst, stride)
	case scale == 8 && last < 10:
		b.inverse8of4(dst, stride)
	case scale == 8:
		b.inverse8(dst, stride)
	case scale == 6:
		b.inverse6(dst, stride)
	case scale == 5:
		b.inverse5(dst, stride)
	case scale == 4:
		b.inverse4(dst, stride)
	case scale == 3:
		b.inverse3(dst, stride)
	case scale == 2:
		b.inverse2(dst, stride)
	}
}

// flat fills a block whose only coefficient is its mean.
func flat(dst []uint8, stride int, mean int32, scale int) {
	v := sample((mean + 4) >> 3)
	for y := range scale {
		row := dst[y*stride : y*stride+scale]
		for x := range row {
			row[x] = v
		}
	}
}
