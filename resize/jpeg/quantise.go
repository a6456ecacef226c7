package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// A quantiser divides the spectra of a component by a quantisation table.
type quantiser struct {
	divisors [64]divisor // in the order of the file

	// To find what is not zero, two are compared at once: the sum of a word and up has the top bit of its half where
	// it is a step above zero, and down less the word where it is one below.
	up, down [32]uint64

	near [64]int32 // in the order of a spectrum: the largest that is still divided to zero
}

// newQuantiser takes a table in the order of the file.
func newQuantiser(table *[64]uint8) *quantiser {
	q := new(quantiser)
	for k, step := range table {
		q.divisors[k] = newDivisor(8 * int32(step)) // as spectra are eight times too large
		const top = 1 << 31
		half := uint64(q.divisors[k].half)
		word, shift := columns[k]/8, columns[k]%8*8
		q.up[word] |= (top - spectrumBias - half) << shift
		q.down[word] |= (top + spectrumBias - half) << shift
		q.near[columns[k]/4] = q.divisors[k].half - 1
	}
	return q
}

// nonzero returns what is not zero when it is divided: bit k is number k in the order of the file.
func (q *quantiser) nonzero(s *spectrum) (mask uint64) {
	if hasVectors {
		return q.nonzeroVectors(s)
	}
	return q.nonzeroWords(s)
}

func (q *quantiser) nonzeroWords(s *spectrum) (mask uint64) {
	var found uint64 // lower halves in the lower half, upper ones in the upper one
	for i := range q.up {
		w := binary.LittleEndian.Uint64(s[8*i:])
		found |= ((w + q.up[i]) | (q.down[i] - w)) & (1 << 31 * both) >> (31 - i)
	}
	for ; found != 0; found &= found - 1 {
		mask |= foundBits[bits.TrailingZeros64(found)]
	}
	return mask
}

// foundBits are the bits of nonzero's mask in the order in which they are found.
var foundBits = func() (b [64]uint64) {
	for k, place := range columns {
		b[place/8+place%8*8] = 1 << k
	}
	return b
}()

// value returns number k in the order of the file.
func (q *quantiser) value(s *spectrum, k int) int32 {
	return q.divisors[k&63].divide(s.at(columns[k&63]))
}

// A divisor divides and rounds to the nearest by a multiplication: exact for what a block can hold, 17 bits.
type divisor struct{ half, inverse int32 }

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
