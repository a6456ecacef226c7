//go:build goexperiment.simd && amd64

package jpeg

import (
	"encoding/binary"
	"math/bits"
	"simd/archsimd"
)

// hasVectors reports whether the processor has the instructions of this file, AVX2. The functions here, which work on
// eight lines at once, have the same results as those without Vectors in their name, to the bit.
//
// They clear the upper halves of the registers before they return. The compiler uses SSE instructions everywhere,
// such as to copy or to clear an array. With the upper halves in use, each change between AVX and SSE instructions
// takes about a hundred cycles on many Intel processors.
var hasVectors = archsimd.X86.AVX2()

// lines8 is eight lines of eight values, which are rows or columns: r[i] has value i of each line.
type lines8 [8]archsimd.Int32x8

// fdctVectors is fdctWords. Its first pass transforms the columns, its second the rows.
func (s *spectrum) fdctVectors(pix []uint8, stride int) {
	var r lines8
	for y := range r {
		var row archsimd.Uint64x2
		r[y] = row.SetElem(0, word8(pix[y*stride:])).AsUint8x16().ExtendLo8ToUint32().AsInt32x8()
	}
	r.forward()
	half := archsimd.BroadcastInt32x8(1 << (shift1 - 1))
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
	bias := archsimd.BroadcastInt32x8(spectrumBias)
	half, half0 := archsimd.BroadcastInt32x8(1<<(shift-1)), archsimd.BroadcastInt32x8(1<<(passBits-1))
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

// forward transforms the lines in place, as forward8 does.
func (r *lines8) forward() {
	t0, t7, t1, t6 := r[0].Add(r[7]), r[0].Sub(r[7]), r[1].Add(r[6]), r[1].Sub(r[6])
	t2, t5, t3, t4 := r[2].Add(r[5]), r[2].Sub(r[5]), r[3].Add(r[4]), r[3].Sub(r[4])
	t10, t13, t11, t12 := t0.Add(t3), t0.Sub(t3), t1.Add(t2), t1.Sub(t2)
	r[0], r[4] = t10.Add(t11), t10.Sub(t11)
	z := t12.Add(t13).Mul(archsimd.BroadcastInt32x8(fix0541196100))
	r[2] = z.Add(t13.Mul(archsimd.BroadcastInt32x8(fix0765366865)))
	r[6] = z.Sub(t12.Mul(archsimd.BroadcastInt32x8(fix1847759065)))

	z1 := t4.Add(t7).Mul(archsimd.BroadcastInt32x8(fix0899976223))
	z2 := t5.Add(t6).Mul(archsimd.BroadcastInt32x8(fix2562915447))
	z3, z4 := t4.Add(t6), t5.Add(t7)
	z5 := z3.Add(z4).Mul(archsimd.BroadcastInt32x8(fix1175875602))
	z3 = z5.Sub(z3.Mul(archsimd.BroadcastInt32x8(fix1961570560)))
	z4 = z5.Sub(z4.Mul(archsimd.BroadcastInt32x8(fix0390180644)))
	r[7] = t4.Mul(archsimd.BroadcastInt32x8(fix0298631336)).Sub(z1).Add(z3)
	r[5] = t5.Mul(archsimd.BroadcastInt32x8(fix2053119869)).Sub(z2).Add(z4)
	r[3] = t6.Mul(archsimd.BroadcastInt32x8(fix3072711026)).Sub(z2).Add(z3)
	r[1] = t7.Mul(archsimd.BroadcastInt32x8(fix1501321110)).Sub(z1).Add(z4)
}

// transpose exchanges lines and values: value j of line i becomes value i of line j.
func (r *lines8) transpose() {
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
	var r lines8
	var out [8]int64
	bias := archsimd.BroadcastInt32x8(coefBias)
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

// inverse transforms the lines in place, by the flow of inverse8, and adds a value to all results.
func (r *lines8) inverse(add int32) {
	c0 := r[0].ShiftAllLeft(constBits).Add(archsimd.BroadcastInt32x8(add))
	c4 := r[4].ShiftAllLeft(constBits)
	t0, t1 := c0.Add(c4), c0.Sub(c4)
	z := r[2].Add(r[6]).Mul(archsimd.BroadcastInt32x8(fix0541196100))
	t2 := z.Sub(r[6].Mul(archsimd.BroadcastInt32x8(fix1847759065)))
	t3 := z.Add(r[2].Mul(archsimd.BroadcastInt32x8(fix0765366865)))
	e0, e3, e1, e2 := t0.Add(t3), t0.Sub(t3), t1.Add(t2), t1.Sub(t2)

	c1, c3, c5, c7 := r[1], r[3], r[5], r[7]
	z3, z4 := c7.Add(c3), c5.Add(c1)
	z5 := z3.Add(z4).Mul(archsimd.BroadcastInt32x8(fix1175875602))
	z3 = z5.Sub(z3.Mul(archsimd.BroadcastInt32x8(fix1961570560)))
	z4 = z5.Sub(z4.Mul(archsimd.BroadcastInt32x8(fix0390180644)))
	z1 := c7.Add(c1).Mul(archsimd.BroadcastInt32x8(fix0899976223))
	z2 := c5.Add(c3).Mul(archsimd.BroadcastInt32x8(fix2562915447))
	o0 := c1.Mul(archsimd.BroadcastInt32x8(fix1501321110)).Sub(z1).Add(z4)
	o1 := c3.Mul(archsimd.BroadcastInt32x8(fix3072711026)).Sub(z2).Add(z3)
	o2 := c5.Mul(archsimd.BroadcastInt32x8(fix2053119869)).Sub(z2).Add(z4)
	o3 := c7.Mul(archsimd.BroadcastInt32x8(fix0298631336)).Sub(z1).Add(z3)
	r[0], r[7] = e0.Add(o0), e0.Sub(o0)
	r[1], r[6] = e1.Add(o1), e1.Sub(o1)
	r[2], r[5] = e2.Add(o2), e2.Sub(o2)
	r[3], r[4] = e3.Add(o3), e3.Sub(o3)
}

// pack4 shifts and clamps r[x] to r[x+3] to samples and packs them into the bytes of one vector, r[x] in the lowest.
func (r *lines8) pack4(x int) archsimd.Int32x8 {
	zero, most := archsimd.BroadcastInt32x8(0), archsimd.BroadcastInt32x8(255)
	var words archsimd.Int32x8
	for k := 3; k >= 0; k-- {
		words = words.ShiftAllLeft(8).Or(r[x+k].ShiftAllRight(shift2).Max(zero).Min(most))
	}
	return words
}

// nonzeroVectors is nonzeroWords.
func (q *quantiser) nonzeroVectors(s *spectrum) (mask uint64) {
	var found uint64 // in the order of a spectrum
	bias := archsimd.BroadcastInt32x8(spectrumBias)
	for u := range 8 {
		v := loadBytes((*[32]uint8)(s[32*u:])).AsInt32x8().Sub(bias).Abs()
		far := v.Greater(loadInts((*[8]int32)(q.zeroUpTo[8*u:])))
		found |= uint64(far.ToBits()) << (8 * u)
	}
	archsimd.ClearAVXUpperBits()
	for ; found != 0; found &= found - 1 {
		mask |= spectrumBits[bits.TrailingZeros64(found)]
	}
	return mask
}

// spectrumBits maps the place of a coefficient in a spectrum to the bit of its zigzag index.
var spectrumBits = func() (b [64]uint64) {
	for k, offset := range spectrumOffsets {
		b[offset/4] = 1 << k
	}
	return b
}()
