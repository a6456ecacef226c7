//go:build goexperiment.simd && amd64

package jpeg

import (
	"encoding/binary"
	"simd/archsimd"
)

// hasVectors reports whether the processor has the instructions of this file, AVX2. The functions here, which work on
// eight lines at once, have the same results as those without Vectors in their name, to the bit.
//
// They clear the upper halves of the registers before they return. The compiler uses SSE instructions everywhere,
// such as to copy or to clear an array. With the upper halves in use, each change between AVX and SSE instructions
// takes about a hundred cycles on many Intel processors.
var hasVectors = archsimd.X86.AVX2()

// values holds a value of each of eight lines.
type values = archsimd.Int32x8

func broadcast(v int32) values { return archsimd.BroadcastInt32x8(v) }

func (f *factor) vector() values { return loadInts((*[8]int32)(f)) }

// mulAdd returns x × f + y. AVX2 has no instruction for both.
func mulAdd(x values, f *factor, y values) values { return x.Mul(f.vector()).Add(y) }

// scaled returns x with constBits bits of fraction.
func scaled(x values) values { return x.ShiftAllLeft(constBits) }

// fdctVectors is fdctWords. Its first pass transforms the columns, its second the rows.
func (s *spectrum) fdctVectors(pix []uint8, stride int) {
	var r lines
	for y := range r {
		var row archsimd.Uint64x2
		r[y] = row.SetElem(0, word8(pix[y*stride:])).AsUint8x16().ExtendLo8ToUint32().AsInt32x8()
	}
	r.forward()
	half := broadcast(1 << (shift1 - 1))
	for i := range r {
		if i%4 == 0 {
			r[i] = r[i].ShiftAllLeft(passBits)
		} else {
			r[i] = r[i].Add(half).ShiftAllRight(shift1)
		}
	}
	r.transpose()
	r.forward()
	const shift = constBits + passBits
	bias := broadcast(spectrumBias)
	half, half0 := broadcast(1<<(shift-1)), broadcast(1<<(passBits-1))
	for i := range r {
		v := r[i]
		if i%4 == 0 {
			v = v.Add(half0).ShiftAllRight(passBits)
		} else {
			v = v.Add(half).ShiftAllRight(shift)
		}
		storeBytes(v.Add(bias).AsUint8x32(), (*[32]uint8)(s[32*i:]))
	}
	archsimd.ClearAVXUpperBits()
	s.addDC(-64 * 128) // the level shift
}

// transpose exchanges lines and values: value j of line i becomes value i of line j.
func (r *lines) transpose() {
	a0, a1 := r[0].InterleaveLoGrouped(r[1]).AsInt64x4(), r[0].InterleaveHiGrouped(r[1]).AsInt64x4()
	b0, b1 := r[2].InterleaveLoGrouped(r[3]).AsInt64x4(), r[2].InterleaveHiGrouped(r[3]).AsInt64x4()
	c0, c1 := r[4].InterleaveLoGrouped(r[5]).AsInt64x4(), r[4].InterleaveHiGrouped(r[5]).AsInt64x4()
	d0, d1 := r[6].InterleaveLoGrouped(r[7]).AsInt64x4(), r[6].InterleaveHiGrouped(r[7]).AsInt64x4()
	e0, e1 := a0.InterleaveLoGrouped(b0), a0.InterleaveHiGrouped(b0)
	e2, e3 := a1.InterleaveLoGrouped(b1), a1.InterleaveHiGrouped(b1)
	f0, f1 := c0.InterleaveLoGrouped(d0), c0.InterleaveHiGrouped(d0)
	f2, f3 := c1.InterleaveLoGrouped(d1), c1.InterleaveHiGrouped(d1)
	r[0], r[4] = lowHalves(e0, f0).AsInt32x8(), highHalves(e0, f0).AsInt32x8()
	r[1], r[5] = lowHalves(e1, f1).AsInt32x8(), highHalves(e1, f1).AsInt32x8()
	r[2], r[6] = lowHalves(e2, f2).AsInt32x8(), highHalves(e2, f2).AsInt32x8()
	r[3], r[7] = lowHalves(e3, f3).AsInt32x8(), highHalves(e3, f3).AsInt32x8()
}

// inverse8Vectors is inverse8. Its first pass transforms the columns, its second the rows.
func (b *block) inverse8Vectors(dst []uint8, stride int) {
	var r lines
	var out [8]int64
	bias := broadcast(coefBias)
	for y := range r {
		r[y] = loadBytes((*[32]uint8)(b[32*y:])).AsInt32x8().Sub(bias)
	}
	r.inverse(1 << (shift1 - 1))
	for y := range r {
		r[y] = r[y].ShiftAllRight(shift1)
	}
	r.transpose()
	r.inverse(level)

	// r[x] is a column of samples now. Four columns become words of four samples side by side.
	left, right := r.pack4(0), r.pack4(4)
	upper, lower := left.InterleaveLoGrouped(right).AsInt64x4(), left.InterleaveHiGrouped(right).AsInt64x4()
	storeWords(lowHalves(upper, lower), (*[4]int64)(out[:4]))
	storeWords(highHalves(upper, lower), (*[4]int64)(out[4:]))
	archsimd.ClearAVXUpperBits()
	for y := range out {
		binary.LittleEndian.PutUint64(dst[y*stride:], uint64(out[y]))
	}
}

// pack4 shifts and clamps r[x] to r[x+3] to samples and packs them into the bytes of one vector, r[x] in the lowest.
func (r *lines) pack4(x int) values {
	zero, most := broadcast(0), broadcast(255)
	var words values
	for k := 3; k >= 0; k-- {
		words = words.ShiftAllLeft(8).Or(r[x+k].ShiftAllRight(shift2).Max(zero).Min(most))
	}
	return words
}

// foundVectors returns the coefficients that are not quantised to 0, as bits that foundBit places.
func (q *quantiser) foundVectors(s *spectrum) (found uint64) {
	bias := broadcast(spectrumBias)
	for u := range 8 {
		v := loadBytes((*[32]uint8)(s[32*u:])).AsInt32x8().Sub(bias).Abs()
		far := v.Greater(loadInts((*[8]int32)(q.zeroUpTo[8*u:])))
		found |= uint64(far.ToBits()) << (8 * u)
	}
	archsimd.ClearAVXUpperBits()
	return found
}

// foundBit returns the bit of foundVectors of the coefficient at a place in a spectrum.
func foundBit(place int) int { return place }
