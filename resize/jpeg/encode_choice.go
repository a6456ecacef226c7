package jpeg

import "math/bits"

// A thorough encoder chooses which coefficients of a block are worth their bits: it minimises the error, in squared steps,
// plus the bits, times what a bit may cost. The bits are estimated by a price that is linear in the zeros between two values,
// so that the best value to come behind is the same for all that follow, and one pass over the values finds the best choice.
// A block is chosen by itself, whatever is around it.

// prices are what the symbols of a band cost, in 1/65536 of a squared step.
type prices struct {
	value [12]int32 // a value, by its number of bits
	zero  int32     // a zero before a value
	end   int32     // the end of a block behind its last value
	empty int32     // a block without values
}

// newPrices returns the prices of a band, in bits that cost lambda squared steps each.
func newPrices(lambda, value, end, empty float64) *prices {
	unit := lambda * (1 << 16)
	p := &prices{zero: int32(0.55 * unit), end: int32(end * unit), empty: int32(empty * unit)}
	for size := range p.value {
		p.value[size] = int32((value + 2.6*float64(size)) * unit)
	}
	return p
}

// Prices that suit the Huffman tables of photographs. A bit of chroma may cost less. In the last band of luma most blocks
// end in a run of such blocks, which takes hardly a bit of each.
var (
	lumaPrices   = newPrices(0.079, 0.2, 2.2, 2.2)
	highPrices   = newPrices(0.079, 0.5, 1.2, 0.6)
	chromaPrices = newPrices(0.038, 0.2, 2.2, 2.2)
)

// maxError bounds what the error of a coefficient counts, in 1/256 of a step, so that a sum of 63 squares fits in 32 bits.
// A coefficient of that size is never worth dropping.
const maxError = 16 << 8

// choose returns those of a set of coefficients, of a band, that are worth their bits. A coefficient whose value should be one
// less, since that takes a bit less, becomes that in s.
func (q *quantiser) choose(s *spectrum, set uint64, b band, p *prices) (chosen uint64) {
	var (
		before  [64]uint8 // the value before each, if that is the last; 0 if there is none
		dropped int32     // the error if all so far were dropped

		// least is the cost up to last, which is the best value to come before those that follow: without the zeros from
		// the first frequency on to last, and without the error of dropping all up to it.
		least, last = -p.zero * int32(b.ss-1), 0
		total, end  = p.empty, 0 // of the best choice, whose last value is end, without the error of dropping all
	)
	for ; set != 0; set &= set - 1 {
		k := bits.TrailingZeros64(set)
		cost, whole := q.keep(s, k, p)
		cost += least + dropped + p.zero*int32(k-1)
		before[k] = uint8(last)
		dropped += whole
		if cost -= dropped; cost-p.zero*int32(k) < least {
			least, last = cost-p.zero*int32(k), k
		}
		if k < b.se {
			cost += p.end
		}
		if cost < total {
			total, end = cost, k
		}
	}
	for ; end > 0; end = int(before[end&63]) {
		chosen |= 1 << (end & 63)
	}
	return chosen
}

// keep returns what it costs to keep a coefficient, with its error, and the error if it is dropped.
func (q *quantiser) keep(s *spectrum, k int, p *prices) (cost, dropped int32) {
	steps := q.steps(s, k) // in 1/256
	value := (steps + 128) >> 8
	size := bits.Len32(uint32(value))
	err := steps - value<<8
	cost = p.value[size] + err*err
	if value > 1 && value&(value-1) == 0 {
		err = steps - (value-1)<<8
		if less := p.value[size-1] + err*err; less < cost {
			cost = less
			q.lower(s, k, value-1)
		}
	}
	steps = min(steps, maxError)
	return cost, steps * steps
}
