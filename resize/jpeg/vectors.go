//go:build goexperiment.simd && (amd64 || (arm64 && go1.27))

package jpeg

import "math/bits"

// lines is as many lines of eight values as a vector has elements. The lines are rows or columns: r[i] has value i of
// each line.
type lines [8]values

// A factor is a constant of the flows once for each element of a vector. To load a vector takes one instruction, to
// broadcast a constant takes three or four.
type factor [8]int32

func newFactor(v int32) factor { return factor{v, v, v, v, v, v, v, v} }

// factors holds those that are added, and the negative of those that are subtracted. It is a pointer so that the compiler
// loads the address of the first and not that of each.
var factors = &struct {
	plus0298631336, minus0390180644, plus0541196100, plus0765366865,
	minus0899976223, plus1175875602, plus1501321110, minus1847759065,
	minus1961570560, plus2053119869, minus2562915447, plus3072711026 factor
}{
	plus0298631336:  newFactor(fix0298631336),
	minus0390180644: newFactor(-fix0390180644),
	plus0541196100:  newFactor(fix0541196100),
	plus0765366865:  newFactor(fix0765366865),
	minus0899976223: newFactor(-fix0899976223),
	plus1175875602:  newFactor(fix1175875602),
	plus1501321110:  newFactor(fix1501321110),
	minus1847759065: newFactor(-fix1847759065),
	minus1961570560: newFactor(-fix1961570560),
	plus2053119869:  newFactor(fix2053119869),
	minus2562915447: newFactor(-fix2562915447),
	plus3072711026:  newFactor(fix3072711026),
}

// forward transforms the lines in place, as forward8 does.
func (r *lines) forward() {
	f := factors
	t0, t7, t1, t6 := r[0].Add(r[7]), r[0].Sub(r[7]), r[1].Add(r[6]), r[1].Sub(r[6])
	t2, t5, t3, t4 := r[2].Add(r[5]), r[2].Sub(r[5]), r[3].Add(r[4]), r[3].Sub(r[4])
	t10, t13, t11, t12 := t0.Add(t3), t0.Sub(t3), t1.Add(t2), t1.Sub(t2)
	r[0], r[4] = t10.Add(t11), t10.Sub(t11)
	z := t12.Add(t13).Mul(f.plus0541196100.vector())
	r[2], r[6] = mulAdd(t13, &f.plus0765366865, z), mulAdd(t12, &f.minus1847759065, z)

	z1, z2 := t4.Add(t7).Mul(f.minus0899976223.vector()), t5.Add(t6).Mul(f.minus2562915447.vector())
	z3, z4 := t4.Add(t6), t5.Add(t7)
	z5 := z3.Add(z4).Mul(f.plus1175875602.vector())
	z3, z4 = mulAdd(z3, &f.minus1961570560, z5), mulAdd(z4, &f.minus0390180644, z5)
	r[7] = mulAdd(t4, &f.plus0298631336, z1.Add(z3))
	r[5] = mulAdd(t5, &f.plus2053119869, z2.Add(z4))
	r[3] = mulAdd(t6, &f.plus3072711026, z2.Add(z3))
	r[1] = mulAdd(t7, &f.plus1501321110, z1.Add(z4))
}

// inverse transforms the lines in place, by the flow of inverse8, and adds a value to all results.
func (r *lines) inverse(add int32) {
	f := factors
	c0, c4 := scaled(r[0]).Add(broadcast(add)), scaled(r[4])
	t0, t1 := c0.Add(c4), c0.Sub(c4)
	z := r[2].Add(r[6]).Mul(f.plus0541196100.vector())
	t2, t3 := mulAdd(r[6], &f.minus1847759065, z), mulAdd(r[2], &f.plus0765366865, z)
	e0, e3, e1, e2 := t0.Add(t3), t0.Sub(t3), t1.Add(t2), t1.Sub(t2)

	c1, c3, c5, c7 := r[1], r[3], r[5], r[7]
	z3, z4 := c7.Add(c3), c5.Add(c1)
	z5 := z3.Add(z4).Mul(f.plus1175875602.vector())
	z3, z4 = mulAdd(z3, &f.minus1961570560, z5), mulAdd(z4, &f.minus0390180644, z5)
	z1, z2 := c7.Add(c1).Mul(f.minus0899976223.vector()), c5.Add(c3).Mul(f.minus2562915447.vector())
	o0 := mulAdd(c1, &f.plus1501321110, z1.Add(z4))
	o1 := mulAdd(c3, &f.plus3072711026, z2.Add(z3))
	o2 := mulAdd(c5, &f.plus2053119869, z2.Add(z4))
	o3 := mulAdd(c7, &f.plus0298631336, z1.Add(z3))
	r[0], r[7] = e0.Add(o0), e0.Sub(o0)
	r[1], r[6] = e1.Add(o1), e1.Sub(o1)
	r[2], r[5] = e2.Add(o2), e2.Sub(o2)
	r[3], r[4] = e3.Add(o3), e3.Sub(o3)
}

// nonzeroVectors is nonzeroWords.
func (q *quantiser) nonzeroVectors(s *spectrum) (mask uint64) {
	for found := q.foundVectors(s); found != 0; found &= found - 1 {
		mask |= foundVectorsBits[bits.TrailingZeros64(found)]
	}
	return mask
}

// foundVectorsBits maps a bit of foundVectors to the bit of the coefficient's zigzag index.
var foundVectorsBits = func() (b [64]uint64) {
	for k, offset := range spectrumOffsets {
		b[foundBit(int(offset)/4)] = 1 << k
	}
	return b
}()
