package jpeg

// Constants of the DCT of C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast 1-D DCT Algorithms with 11
// Multiplications" (ICASSP 1989), as libjpeg's jidctint.c has them: fix0541196100 is 0.541196100 × 2^constBits. With
// more than 11 bits, the sums of coefficients at their coefLimit, which no encoder makes, would not fit in 32 bits.
const (
	constBits = 11
	passBits  = 2 // bits of fraction that the first pass keeps

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

// The transforms work on two lines, which are columns or rows, at once: a word is lo + hi·2³², with a value of each
// line. Either value may be negative. Sums, differences and products with constants are right in both, as long as
// both fit in 32 bits: a negative lo borrows from hi, which is undone when lo is subtracted from the word.
//
// The first pass takes columns x and x+1, and turn makes of its results the words of the second, which takes rows y and
// N−1−y.
//
// A shift of both values is right only if neither is negative. So the first pass adds a constant to all of its
// results, the tilt. As the transform is linear, the second pass can subtract what becomes of the tilt as a constant
// from its own results, and the first does so with what becomes of coefBias.
const (
	both  = 1<<32 + 1 // times a value: the word of this value twice
	mod64 = 1<<64 - 1 // c&mod64 is the constant c as a word, for a negative c too

	shift1 = constBits - passBits  // of the results of the first pass
	tilt1  = 1<<30 + 1<<(shift1-1) // the tilt before that shift, and the half that rounds
	tilt   = 1 << (30 - shift1)    // the tilt after it

	shift2 = constBits + passBits + 3     // of the results of the second pass; the DCT has a factor of 8
	level  = 128<<shift2 + 1<<(shift2-1)  // the level shift (T.81, A.3.1), and the half that rounds
	beyond = (1<<32 - 256<<shift2) * both // the bits that only a result outside of 0…255 sets, before its shift
)

// turn shifts the results of the first pass for two columns in row y, top, and in row N−1−y, bottom. It returns the
// words of the second pass for either column, with row y in the lower half.
func turn(top, bottom uint64) (left, right uint64) {
	const half = 1<<(32-shift1) - 1
	return top>>shift1&half | bottom<<(32-shift1)&(half<<32), top>>(32+shift1) | bottom>>shift1&(half<<32)
}

// clamp clamps both results of the second pass to 0…255 after their shift.
func clamp(v uint64) uint64 {
	lo := int32(v)
	hi := int32((v - uint64(lo)) >> 32)
	const most = 256<<shift2 - 1
	return uint64(min(max(lo, 0), most)) | uint64(min(max(hi, 0), most))<<32
}

// sample returns the sample of a value around zero: it undoes the level shift and clamps.
func sample(v int32) uint8 { return uint8(min(max(v+128, 0), 255)) }

// inverse writes scale × scale samples of a block, by an inverse DCT of its scale × scale lowest frequencies. All
// coefficients with a zigzag index above last must be 0.
func (b *block) inverse(dst []uint8, stride, scale, last int) {
	switch {
	case last == 0 || scale == 1:
		flat(dst, stride, b.at(0), scale)
	case scale == 8 && hasVectors:
		b.inverse8Vectors(dst, stride)
	case scale == 8 && last < 10: // zigzag indexes 0 to 9 are among the 4 × 4 lowest frequencies
		b.inverse8of4(dst, stride)
	case scale == 8:
		b.inverse8(dst, stride)
	case scale == 6:
		b.inverse6(dst, stride)
	case scale == 5:
		b.inverse5(dst, stride)
	case scale == 4 && hasVectors:
		b.inverse4Vectors(dst, stride)
	case scale == 4:
		b.inverse4(dst, stride)
	case scale == 3 && hasVectors:
		b.inverse3Vectors(dst, stride)
	case scale == 3:
		b.inverse3(dst, stride)
	case scale == 2:
		b.inverse2(dst, stride)
	}
}

// flat writes the samples of a block without AC coefficients.
func flat(dst []uint8, stride int, dc int32, scale int) {
	v := sample((dc + 4) >> 3)
	for y := range scale {
		row := dst[y*stride : y*stride+scale]
		for x := range row {
			row[x] = v
		}
	}
}
