//go:build goexperiment.simd && amd64

package plane

import "simd/archsimd"

// hasVectors reports whether the processor has the instructions of this file.
var hasVectors = archsimd.X86.AVX2()

const (
	vectorKernels = "AVX2"

	// vectorWidth is how many samples filterVectors processes at once.
	vectorWidth = 32
)

// filterVectors writes to out the weighted sum of as many rows of p, from first on, as there are weights. The result is
// that of [packedRows.filter], bit by bit. p is at least vectorWidth wide; at its end some samples are computed twice.
func filterVectors(out []uint8, p Plane, first int, weights []int32) {
	half := archsimd.BroadcastInt32x8(1 << (weightBits - 1))
	zero, most := archsimd.BroadcastInt16x16(0), archsimd.BroadcastInt16x16(255)
	apart := loadOrder(&evenThenOdd)
	order := loadWords(&middleQuarters)
	stride := p.Stride
	for x := 0; x < p.W; x += vectorWidth {
		x = min(x, p.W-vectorWidth)
		s0, s1, s2, s3 := half, half, half, half
		above := p.Pix[first*stride+x:]
		for k := 0; k < len(weights); k += 2 {
			below, pair := above, weights[k]&0xffff
			if k+1 < len(weights) {
				below, pair = above[stride:], pair|weights[k+1]<<16
			}
			w := archsimd.BroadcastInt32x8(pair).AsInt16x16()
			a, b := (*[vectorWidth]uint8)(above), (*[vectorWidth]uint8)(below)
			a0 := load16((*[16]uint8)(a[:16]))
			b0 := load16((*[16]uint8)(b[:16]))
			a1 := load16((*[16]uint8)(a[16:]))
			b1 := load16((*[16]uint8)(b[16:]))
			s0 = s0.Add(a0.InterleaveLoGrouped(b0).DotProductPairs(w))
			s1 = s1.Add(a0.InterleaveHiGrouped(b0).DotProductPairs(w))
			s2 = s2.Add(a1.InterleaveLoGrouped(b1).DotProductPairs(w))
			s3 = s3.Add(a1.InterleaveHiGrouped(b1).DotProductPairs(w))
			if k+2 < len(weights) {
				above = below[stride:]
			}
		}
		left := s0.ShiftAllRight(weightBits).SaturateToInt16ConcatGrouped(s1.ShiftAllRight(weightBits))
		right := s2.ShiftAllRight(weightBits).SaturateToInt16ConcatGrouped(s3.ShiftAllRight(weightBits))
		left, right = left.Max(zero).Min(most), right.Max(zero).Min(most)
		mixed := left.Or(right.ShiftAllLeft(8)).AsInt8x32().AsUint8x32()
		samples := mixed.PermuteOrZeroGrouped(apart).AsUint32x8().Permute(order).AsUint8x32()
		store(samples, (*[vectorWidth]uint8)(out[x:]))
	}
	archsimd.ClearAVXUpperBits() // the head of vectors_avx2.go in resize/jpeg has the reason
}

// evenThenOdd moves the even bytes of each half of a vector before the odd bytes; middleQuarters exchanges the second
// and the third quarter of a vector.
var (
	evenThenOdd = [32]int8{
		0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15,
		0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15,
	}
	middleQuarters = [8]uint32{0, 1, 4, 5, 2, 3, 6, 7}
)
