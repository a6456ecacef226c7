package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// A quantiser divides spectra by the steps of a quantisation table.
type quantiser struct {
	divisors [64]divisor // in zigzag order

	// nonzeroWords compares two coefficients at once, with their bias. In the order of a spectrum, a coefficient + up
	// has the top bit of 32 if it is above the dead zone, and down − a coefficient if it is below it.
	up, down [32]uint64

	zeroUpTo [64]int32 // nonzeroVectors: the largest magnitude in the dead zone, in the order of a spectrum
}

// newQuantiser returns a quantiser that divides by even divisors, which are in the order of a table, and takes AC coefficients of
// less than deadZone of them, in 1/256, for 0.
func newQuantiser(divisors [64]int32, deadZone int32) *quantiser {
	q := new(quantiser)
	for k, place := range zigzag {
		d := divisors[place]
		q.divisors[k] = newDivisor(d)
		least := max((d*deadZone+255)>>8, d/2)
		const top = 1 << 31
		word, shift := spectrumOffsets[k]/8, spectrumOffsets[k]%8*8
		q.up[word] |= (top - spectrumBias - uint64(least)) << shift
		q.down[word] |= (top + spectrumBias - uint64(least)) << shift
		q.zeroUpTo[spectrumOffsets[k]/4] = least - 1
	}
	return q
}

// nonzero returns the coefficients outside the dead zone, none of which is quantised to 0: bit k is the one of zigzag index k.
func (q *quantiser) nonzero(s *spectrum) (mask uint64) {
	if hasVectors {
		return q.nonzeroVectors(s)
	}
	return q.nonzeroWords(s)
}

// nonzeroWords is nonzero in words of 64 bits.
func (q *quantiser) nonzeroWords(s *spectrum) (mask uint64) {
	var found uint64 // bits i and 32+i are the lower and the upper half of word i of the spectrum
	for i := range q.up {
		w := binary.LittleEndian.Uint64(s[8*i:])
		found |= ((w + q.up[i]) | (q.down[i] - w)) & (1 << 31 * both) >> (31 - i)
	}
	for ; found != 0; found &= found - 1 {
		mask |= foundBits[bits.TrailingZeros64(found)]
	}
	return mask
}

// foundBits maps a bit of found in nonzeroWords to the bit of the coefficient's zigzag index.
var foundBits = func() (b [64]uint64) {
	for k, offset := range spectrumOffsets {
		b[offset/8+offset%8*8] = 1 << k
	}
	return b
}()

// value returns the quantised coefficient of zigzag index k.
func (q *quantiser) value(s *spectrum, k int) int32 {
	return q.divisors[k&63].divide(s.at(spectrumOffsets[k&63]))
}

// steps returns the magnitude of the coefficient of zigzag index k in 1/256 of its step.
func (q *quantiser) steps(s *spectrum, k int) int32 {
	v := s.at(spectrumOffsets[k&63])
	return int32(int64(max(v, -v)) * int64(q.divisors[k&63].inverse) >> (divisorBits - 8))
}

// lower sets the coefficient of zigzag index k to some steps, in its direction.
func (q *quantiser) lower(s *spectrum, k int, steps int32) {
	offset := spectrumOffsets[k&63]
	v := steps * 2 * q.divisors[k&63].half
	if s.at(offset) < 0 {
		v = -v
	}
	s.set(offset, v)
}

// A divisor divides by a multiplication, and rounds to the nearest integer, halves away from zero. It is exact for
// magnitudes of up to 17 bits, which a spectrum does not exceed.
type divisor struct {
	half    int32 // of the divisor, which is even
	inverse int32 // 2^divisorBits by the divisor, rounded up
}

const divisorBits = 31

func newDivisor(d int32) divisor {
	return divisor{half: d / 2, inverse: int32((int64(1)<<divisorBits + int64(d) - 1) / int64(d))}
}

func (d divisor) divide(v int32) int32 {
	sign := v >> 31
	v = (v ^ sign) - sign
	q := int32(int64(v+d.half) * int64(d.inverse) >> divisorBits)
	return (q ^ sign) - sign
}
