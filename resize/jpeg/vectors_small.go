//go:build goexperiment.simd && (amd64 || (arm64 && go1.27))

package jpeg

import (
	"encoding/binary"
	"simd/archsimd"
)

// quad holds a value of each of four lines. The inverse transforms to at most 4 × 4 samples have no more lines.
type quad = archsimd.Int32x4

// smallFactors are the constants of lines4 and lines3.
var smallFactors = &struct {
	plus0541196100, plus0765366865, minus1847759065, plus0707106781, plus1224744871 factor
}{
	plus0541196100:  newFactor(fix0541196100),
	plus0765366865:  newFactor(fix0765366865),
	minus1847759065: newFactor(-fix1847759065),
	plus0707106781:  newFactor(fix0707106781),
	plus1224744871:  newFactor(fix1224744871),
}

// inverse4Vectors is inverse4. Its first pass transforms the columns, its second the rows.
func (b *block) inverse4Vectors(dst []uint8, stride int) {
	bias := archsimd.BroadcastInt32x4(coefBias)
	half := archsimd.BroadcastInt32x4(1 << (shift1 - 1))
	y0, y1, y2, y3 := quads4(b.quad(0).Sub(bias), b.quad(1).Sub(bias), b.quad(2).Sub(bias), b.quad(3).Sub(bias), half)
	x0, x1, x2, x3 := transposedQuads(y0.ShiftAllRight(shift1), y1.ShiftAllRight(shift1),
		y2.ShiftAllRight(shift1), y3.ShiftAllRight(shift1))
	x0, x1, x2, x3 = quads4(x0, x1, x2, x3, archsimd.BroadcastInt32x4(level))
	zero, most := archsimd.BroadcastInt32x4(0), archsimd.BroadcastInt32x4(255)
	rows := samplesOf(x0, zero, most).Or(samplesOf(x1, zero, most).ShiftAllLeft(8)).
		Or(samplesOf(x2, zero, most).ShiftAllLeft(16)).Or(samplesOf(x3, zero, most).ShiftAllLeft(24))
	binary.LittleEndian.PutUint32(dst, uint32(rows.GetElem(0)))
	binary.LittleEndian.PutUint32(dst[stride:], uint32(rows.GetElem(1)))
	binary.LittleEndian.PutUint32(dst[2*stride:], uint32(rows.GetElem(2)))
	binary.LittleEndian.PutUint32(dst[3*stride:], uint32(rows.GetElem(3)))
}

// quads4 transforms four lines of four coefficients, as lines4 does, and adds a value to all results.
func quads4(c0, c1, c2, c3, add quad) (s0, s1, s2, s3 quad) {
	f := smallFactors
	z := c1.Add(c3).Mul(f.plus0541196100.quad())
	e0, e1 := c0.Add(c2).ShiftAllLeft(constBits).Add(add), c0.Sub(c2).ShiftAllLeft(constBits).Add(add)
	o0, o1 := z.Add(c1.Mul(f.plus0765366865.quad())), z.Add(c3.Mul(f.minus1847759065.quad()))
	return e0.Add(o0), e1.Add(o1), e1.Sub(o1), e0.Sub(o0)
}

// inverse3Vectors is inverse3. The fourth lines count for nothing.
func (b *block) inverse3Vectors(dst []uint8, stride int) {
	bias := archsimd.BroadcastInt32x4(coefBias)
	half := archsimd.BroadcastInt32x4(1 << (shift1 - 1))
	y0, y1, y2 := quads3(b.quad(0).Sub(bias), b.quad(1).Sub(bias), b.quad(2).Sub(bias), half)
	y0, y1, y2 = y0.ShiftAllRight(shift1), y1.ShiftAllRight(shift1), y2.ShiftAllRight(shift1)
	x0, x1, x2, _ := transposedQuads(y0, y1, y2, y2)
	x0, x1, x2 = quads3(x0, x1, x2, archsimd.BroadcastInt32x4(level))
	zero, most := archsimd.BroadcastInt32x4(0), archsimd.BroadcastInt32x4(255)
	rows := samplesOf(x0, zero, most).Or(samplesOf(x1, zero, most).ShiftAllLeft(8)).Or(samplesOf(x2, zero, most).ShiftAllLeft(16))
	store3(dst, uint32(rows.GetElem(0)))
	store3(dst[stride:], uint32(rows.GetElem(1)))
	store3(dst[2*stride:], uint32(rows.GetElem(2)))
}

// quads3 transforms four lines of three coefficients, as lines3 does, and adds a value to all results.
func quads3(c0, c1, c2, add quad) (s0, s1, s2 quad) {
	f := smallFactors
	z := c2.Mul(f.plus0707106781.quad())
	t, o := c0.ShiftAllLeft(constBits).Add(add), c1.Mul(f.plus1224744871.quad())
	e := t.Add(z)
	return e.Add(o), t.Sub(z).Sub(z), e.Sub(o)
}

// store3 writes a row of three samples. What is right of them may be of another block.
func store3(dst []uint8, row uint32) {
	binary.LittleEndian.PutUint16(dst, uint16(row))
	dst[2] = uint8(row >> 16)
}

// samplesOf shifts the results of the second pass and clamps them to samples.
func samplesOf(v, zero, most quad) quad { return v.ShiftAllRight(shift2).Max(zero).Min(most) }

// transposedQuads exchanges the lines and values of four lines of four.
func transposedQuads(a, b, c, d quad) (e, f, g, h quad) {
	ac, bd := a.InterleaveLo(c), b.InterleaveLo(d)
	e, f = ac.InterleaveLo(bd), ac.InterleaveHi(bd)
	ac, bd = a.InterleaveHi(c), b.InterleaveHi(d)
	return e, f, ac.InterleaveLo(bd), ac.InterleaveHi(bd)
}

// quad returns the first four coefficients of a row, with their bias.
func (b *block) quad(row int) quad { return loadQuad((*[16]uint8)(b[32*row:])) }
