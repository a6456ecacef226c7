package inflate

// An adler is the checksum of zlib (RFC 1950, 8.2): 1 and the sum of all bytes, and the sum of what that is after each byte.
type adler struct{ sum, sums uint64 }

const (
	adlerModulus = 65521

	// blockWords are added up in lanes of 16 bits, each of which takes a byte of a word. The most is the sum of a lane before
	// each word, 255 × 22 × 21 / 2.
	blockWords = 22
)

// add adds bytes, eight at a time, which takes half the time of hash/adler32.
func (a *adler) add(p []byte) {
	const even = 0x00ff_00ff_00ff_00ff
	for ; len(p) >= 8*blockWords; p = p[8*blockWords:] {
		var evens, odds, evensBefore, oddsBefore uint64
		for block := p[:8*blockWords]; len(block) >= 8; block = block[8:] {
			v := word(block)
			evensBefore += evens
			oddsBefore += odds
			evens += v & even
			odds += v >> 8 & even
		}
		a.sums += 8 * (blockWords*a.sum + weigh(evensBefore, 1, 1, 1, 1) + weigh(oddsBefore, 1, 1, 1, 1))
		a.sums += weigh(evens, 8, 6, 4, 2) + weigh(odds, 7, 5, 3, 1)
		a.sum += weigh(evens, 1, 1, 1, 1) + weigh(odds, 1, 1, 1, 1)
		a.sum, a.sums = a.sum%adlerModulus, a.sums%adlerModulus
	}
	for _, b := range p {
		a.sum += uint64(b)
		a.sums += a.sum
	}
	a.sum, a.sums = a.sum%adlerModulus, a.sums%adlerModulus
}

// weigh returns the sum of products of lanes, the lowest first.
func weigh(lanes, w0, w1, w2, w3 uint64) uint64 {
	return lanes&0xffff*w0 + lanes>>16&0xffff*w1 + lanes>>32&0xffff*w2 + lanes>>48*w3
}

func (a *adler) value() uint32 { return uint32(a.sums<<16 | a.sum) }
