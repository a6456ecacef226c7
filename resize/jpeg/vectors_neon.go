//go:build goexperiment.simd && arm64 && go1.27

package jpeg

import (
	"encoding/binary"
	"simd/archsimd"
)

// hasVectors is true: every arm64 processor that Go runs on has NEON. The functions here, which work on four lines at
// once, have the same results as those without Vectors in their name, to the bit.
const hasVectors = true

// values holds a value of each of four lines.
type values = archsimd.Int32x4

func broadcast(v int32) values { return archsimd.BroadcastInt32x4(v) }

func (f *factor) vector() values { return archsimd.LoadInt32x4Array((*[4]int32)(f[:4])) }

// mulAdd returns x × f + y.
func mulAdd(x values, f *factor, y values) values { return x.MulAdd(f.vector(), y) }

// scaled returns x with constBits bits of fraction.
func scaled(x values) values { return x.Shift(broadcast(constBits)) }

// fdctVectors is fdctWords. Its first pass transforms the columns, its second the rows.
func (s *spectrum) fdctVectors(pix []uint8, stride int) {
	var first, last lines
	for y := range first {
		row := archsimd.BroadcastUint64x2(word8(pix[y*stride:])).ReshapeToUint8s().ExtendLo8ToUint16()
		first[y] = row.ExtendLo4ToUint32().BitsToInt32()
		last[y] = row.HiToLo().ExtendLo4ToUint32().BitsToInt32()
	}
	first.forward()
	last.forward()
	const half1 = 1 << (shift1 - 1)
	first.shift(0, -passBits, half1, shift1)
	last.shift(0, -passBits, half1, shift1)
	transpose(&first, &last)
	first.forward()
	last.forward()
	const (
		shift = constBits + passBits
		add0  = spectrumBias<<passBits + 1<<(passBits-1)
		add   = spectrumBias<<shift + 1<<(shift-1)
	)
	first.shift(add0, passBits, add, shift)
	last.shift(add0, passBits, add, shift)
	for u := range first {
		storeInts(first[u], (*[16]uint8)(s[32*u:]))
		storeInts(last[u], (*[16]uint8)(s[32*u+16:]))
	}
	s.addDC(-64 * 128) // the level shift
}

// shift adds add to the values and shifts them to the right by n bits. For the values 0 and 4 it takes add0 and n0.
// A negative number of bits shifts to the left.
func (r *lines) shift(add0, n0, add, n int32) {
	a0, down0, a, down := broadcast(add0), broadcast(-n0), broadcast(add), broadcast(-n)
	for i := 0; i < 8; i += 4 {
		r[i] = r[i].Add(a0).Shift(down0)
		r[i+1] = r[i+1].Add(a).Shift(down)
		r[i+2] = r[i+2].Add(a).Shift(down)
		r[i+3] = r[i+3].Add(a).Shift(down)
	}
}

// transpose exchanges the lines and values of first, which holds lines 0 to 3, and last, which holds lines 4 to 7. Value j
// of line i becomes value i of line j.
func transpose(first, last *lines) {
	v4, v5, v6, v7 := transposed4(first[4], first[5], first[6], first[7])
	first[0], first[1], first[2], first[3] = transposed4(first[0], first[1], first[2], first[3])
	first[4], first[5], first[6], first[7] = transposed4(last[0], last[1], last[2], last[3])
	last[4], last[5], last[6], last[7] = transposed4(last[4], last[5], last[6], last[7])
	last[0], last[1], last[2], last[3] = v4, v5, v6, v7
}

// transposed4 exchanges the lines and values of four lines of four.
func transposed4(a, b, c, d values) (e, f, g, h values) {
	ab0, ab1 := pairs(a.InterleaveEven(b)), pairs(a.InterleaveOdd(b))
	cd0, cd1 := pairs(c.InterleaveEven(d)), pairs(c.InterleaveOdd(d))
	return ints(ab0.InterleaveLo(cd0)), ints(ab1.InterleaveLo(cd1)), ints(ab0.InterleaveHi(cd0)), ints(ab1.InterleaveHi(cd1))
}

func pairs(v values) archsimd.Uint64x2 { return v.ToBits().ReshapeToUint64s() }

func ints(v archsimd.Uint64x2) values { return v.ReshapeToUint32s().BitsToInt32() }

func loadQuad(from *[16]uint8) quad { return loadInts(from) }

func (f *factor) quad() quad { return f.vector() }

func loadInts(from *[16]uint8) values {
	return archsimd.LoadUint8x16Array(from).ReshapeToUint32s().BitsToInt32()
}

func storeInts(v values, to *[16]uint8) { v.ToBits().ReshapeToUint8s().StoreArray(to) }

// inverse8Vectors is inverse8. Its first pass transforms the columns, its second the rows.
func (b *block) inverse8Vectors(dst []uint8, stride int) {
	var first, last lines
	bias, half, down := broadcast(coefBias), int32(1<<(shift1-1)), broadcast(-shift1)
	for y := range first {
		first[y] = loadInts((*[16]uint8)(b[32*y:])).Sub(bias)
		last[y] = loadInts((*[16]uint8)(b[32*y+16:])).Sub(bias)
	}
	first.inverse(half)
	last.inverse(half)
	for y := range first {
		first[y], last[y] = first[y].Shift(down), last[y].Shift(down)
	}
	transpose(&first, &last)
	first.inverse(level)
	last.inverse(level)
	first.store(dst, stride)
	last.store(dst[4*stride:], stride)
}

// store writes four rows of samples. r[x] is a column of them.
func (r *lines) store(dst []uint8, stride int) {
	order := archsimd.LoadUint8x16Array(&fourByFour)
	left := pack4(r[0], r[1], r[2], r[3]).LookupOrZero(order).ReshapeToUint32s()
	right := pack4(r[4], r[5], r[6], r[7]).LookupOrZero(order).ReshapeToUint32s()
	rows01 := left.InterleaveLo(right).ReshapeToUint64s()
	rows23 := left.InterleaveHi(right).ReshapeToUint64s()
	binary.LittleEndian.PutUint64(dst, rows01.GetElem(0))
	binary.LittleEndian.PutUint64(dst[stride:], rows01.GetElem(1))
	binary.LittleEndian.PutUint64(dst[2*stride:], rows23.GetElem(0))
	binary.LittleEndian.PutUint64(dst[3*stride:], rows23.GetElem(1))
}

// fourByFour transposes 4 × 4 bytes.
var fourByFour = [16]uint8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}

// pack4 shifts and clamps four columns of four samples, and returns them one after the other.
func pack4(a, b, c, d values) archsimd.Uint8x16 {
	ab, cd := shifted2(a, b).SaturateToUint8(), shifted2(c, d).SaturateToUint8()
	return ab.ReshapeToUint64s().InterleaveLo(cd.ReshapeToUint64s()).ReshapeToUint8s()
}

// shifted2 returns the upper halves of the values of x and of y. As shift2 is 16, they are the values shifted.
func shifted2(x, y values) archsimd.Int16x8 {
	return x.ToBits().ReshapeToUint16s().ConcatOdd(y.ToBits().ReshapeToUint16s()).BitsToInt16()
}

// foundVectors returns the coefficients that are not quantised to 0, as bits that foundBit places.
func (q *quantiser) foundVectors(s *spectrum) uint64 {
	bias := broadcast(spectrumBias)
	var found values // 16 bits of each element, the first coefficient's the highest
	for i := 0; i < 64; i += 4 {
		v := loadInts((*[16]uint8)(s[4*i:])).Sub(bias).Abs()
		far := v.Greater(archsimd.LoadInt32x4Array((*[4]int32)(q.zeroUpTo[i:])))
		found = found.Add(found).Sub(far.ToInt32x4())
	}
	return found.TruncToInt16().ToBits().ReshapeToUint64s().GetElem(0)
}

// foundBit returns the bit of foundVectors of the coefficient at a place in a spectrum.
func foundBit(place int) int { return place%4*16 + 15 - place/4 }
