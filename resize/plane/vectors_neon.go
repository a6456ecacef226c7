//go:build goexperiment.simd && arm64 && go1.27

package plane

import "simd/archsimd"

const (
	hasVectors    = true // every arm64 processor that Go runs on has NEON
	vectorKernels = "NEON"

	// vectorWidth is how many samples filterVectors processes at once.
	vectorWidth = 32
)

// filterVectors writes to out the weighted sum of as many rows of p, from first on, as there are weights. The result is
// that of [packedRows.filter], bit by bit. p is at least vectorWidth wide; at its end some samples are computed twice.
//
// NEON has no product that adds pairs, as AVX2 has. The products of 16 bits are widened to 32 before they are added,
// rather than multiplied in 32 bits, because many processors take twice the time for the latter.
func filterVectors(out []uint8, p Plane, first int, weights []int32) {
	half := archsimd.BroadcastInt32x4(1 << (weightBits - 1))
	down := archsimd.BroadcastInt32x4(-weightBits)
	for x := 0; x < p.W; x += vectorWidth {
		x = min(x, p.W-vectorWidth)
		s0, s1, s2, s3, s4, s5, s6, s7 := half, half, half, half, half, half, half, half
		at := first*p.Stride + x
		for _, weight := range weights {
			w := archsimd.BroadcastInt16x8(int16(weight))
			row := (*[vectorWidth]uint8)(p.Pix[at:])
			at += p.Stride
			a, b := load16((*[16]uint8)(row[:16]))
			c, d := load16((*[16]uint8)(row[16:]))
			s0, s1 = s0.Add(a.MulWidenLo(w)), s1.Add(a.HiToLo().MulWidenLo(w.HiToLo()))
			s2, s3 = s2.Add(b.MulWidenLo(w)), s3.Add(b.HiToLo().MulWidenLo(w.HiToLo()))
			s4, s5 = s4.Add(c.MulWidenLo(w)), s5.Add(c.HiToLo().MulWidenLo(w.HiToLo()))
			s6, s7 = s6.Add(d.MulWidenLo(w)), s7.Add(d.HiToLo().MulWidenLo(w.HiToLo()))
		}
		s0, s1, s2, s3 = s0.Shift(down), s1.Shift(down), s2.Shift(down), s3.Shift(down)
		s4, s5, s6, s7 = s4.Shift(down), s5.Shift(down), s6.Shift(down), s7.Shift(down)
		samples := (*[vectorWidth]uint8)(out[x:])
		levels(s0, s1, s2, s3).StoreArray((*[16]uint8)(samples[:16]))
		levels(s4, s5, s6, s7).StoreArray((*[16]uint8)(samples[16:]))
	}
}

// load16 loads samples and widens them to 16 bits.
func load16(from *[16]uint8) (lower, upper archsimd.Int16x8) {
	v := archsimd.LoadUint8x16Array(from)
	return v.ExtendLo8ToUint16().BitsToInt16(), v.HiToLo().ExtendLo8ToUint16().BitsToInt16()
}

// levels clamps values, which fit in 16 bits, to samples.
func levels(v0, v1, v2, v3 archsimd.Int32x4) archsimd.Uint8x16 {
	lower, upper := lowerHalves(v0, v1).SaturateToUint8(), lowerHalves(v2, v3).SaturateToUint8()
	return lower.ReshapeToUint64s().InterleaveLo(upper.ReshapeToUint64s()).ReshapeToUint8s()
}

// lowerHalves returns the lower 16 bits of the values of x and, above them, of those of y.
func lowerHalves(x, y archsimd.Int32x4) archsimd.Int16x8 {
	return x.ToBits().ReshapeToUint16s().ConcatEven(y.ToBits().ReshapeToUint16s()).BitsToInt16()
}
