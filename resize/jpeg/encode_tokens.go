package jpeg

import (
	"math/bits"
	"slices"
	"sync"
)

// An image is encoded in two passes, since its symbols must be counted before the Huffman tables can be made: the first
// transforms all blocks and keeps tokens, the second writes these. There are few tokens, as most coefficients are 0.

// A token is a symbol of AC coefficients and, below it in 16 bits, the bits of the value behind the symbol, or of the
// length of an EOB run.
type token uint32

func newToken(symbol uint8, value uint32) token { return token(symbol)<<16 | token(value) }

// tokens are the blocks of a component, row by row.
type tokens struct {
	dc   []int16  // quantised, of each block
	ac   []token  // of all blocks
	ends []uint32 // index in ac of the end of each block; of a sequential file
}

// tokensPool holds *tokens that no encoder uses.
var tokensPool = sync.Pool{New: func() any { return new(tokens) }}

// newTokens returns tokens from tokensPool, with room for a number of blocks. ac is empty, dc and ends hold anything.
func newTokens(blocks int) *tokens {
	t := tokensPool.Get().(*tokens)
	t.dc = slices.Grow(t.dc[:0], blocks)[:blocks]
	t.ends = slices.Grow(t.ends[:0], blocks)[:blocks]
	t.ac = slices.Grow(t.ac[:0], 4*blocks) // as many as blocks may have; more are appended
	return t
}

// block returns the tokens of the AC coefficients of a block.
func (t *tokens) block(i int) []token {
	begin := uint32(0)
	if i > 0 {
		begin = t.ends[i-1]
	}
	return t.ac[begin:t.ends[i]]
}

// eachSpectrum transforms the blocks of a component, row by row, sets their DC coefficients in dc and calls do. A block
// that only pads an MCU has no spectrum; its DC coefficient is that of a neighbour, which takes few bits.
func (c *encoderComponent) eachSpectrum(dc []int16, do func(block int, s *spectrum)) {
	var s spectrum
	for by := range c.blocksY {
		for bx := range c.blocksX {
			i := by*c.blocksX + bx
			switch {
			case bx >= c.ownX:
				dc[i] = dc[i-1]
				do(i, nil)
			case by >= c.ownY:
				dc[i] = dc[i-c.blocksX]
				do(i, nil)
			default:
				c.transform(&s, bx, by)
				dc[i] = int16(c.quantiser.value(&s, 0))
				do(i, &s)
			}
		}
	}
}

// appendValues appends tokens for the coefficients of a set, bit k of which is zigzag index k: of each coefficient, of
// the zeros between it and the one before, the first of which is behind last. It counts their symbols, and returns the
// last index in the set, or last if that is empty.
func (q *quantiser) appendValues(
	ac []token, s *spectrum, set uint64, last int, f *frequencies,
) (_ []token, lastSet int) {
	for ; set != 0; set &= set - 1 {
		k := bits.TrailingZeros64(set)
		zeros := k - last - 1
		last = k
		for ; zeros > 15; zeros -= 16 {
			ac = append(ac, newToken(symbolZRL, 0))
			f[symbolZRL]++
		}
		value, size := magnitude(q.value(s, k))
		symbol := uint8(zeros<<4) | uint8(size)
		ac = append(ac, newToken(symbol, value))
		f[symbol]++
	}
	return ac, last
}

// eachDC calls do for the blocks of some components in the order of their scan, with the difference of the DC coefficient
// from its predictor: the number of its bits, which is the symbol, and these bits.
func (e *encoder) eachDC(components []int, do func(c *encoderComponent, block int, size uint, value uint32)) {
	var predictors [3]int32
	e.eachBlock(components, func(i, block int) {
		c := &e.components[i]
		dc := int32(c.tokens.dc[block])
		value, size := magnitude(dc - predictors[i])
		predictors[i] = dc
		do(c, block, size, value)
	})
}

// eachBlock calls do for the blocks of a scan of some components (T.81, A.2). One component alone has no blocks that only pad
// MCUs.
func (e *encoder) eachBlock(components []int, do func(component, block int)) {
	if len(components) == 1 {
		c := &e.components[components[0]]
		for by := range c.ownY {
			for bx := range c.ownX {
				do(components[0], by*c.blocksX+bx)
			}
		}
		return
	}
	for my := range e.mcusY {
		for mx := range e.mcusX {
			for _, i := range components {
				c := &e.components[i]
				for v := range c.v {
					for h := range c.h {
						do(i, (my*c.v+v)*c.blocksX+mx*c.h+h)
					}
				}
			}
		}
	}
}

// tokenCodes maps the symbol of a token to its code, shifted to the left by the number of bits that follow it.
type tokenCodes [256]struct {
	bits uint32
	n    uint8 // bits of the code and of what follows it
}

func newTokenCodes(codes *[256]codeword) (t tokenCodes) {
	for symbol, c := range codes {
		size := uint8(symbol & 15)
		if size == 0 && symbol != symbolZRL { // EOBn
			size = uint8(symbol >> 4)
		}
		t[symbol].bits, t[symbol].n = uint32(c.bits)<<size, c.n+size
	}
	return t
}

// tokens writes tokens.
func (w *bitWriter) tokens(ts []token, codes *tokenCodes) {
	acc, n := w.acc, w.n
	for _, t := range ts {
		c := &codes[uint8(t>>16)]
		acc = acc<<(c.n&63) | uint64(c.bits|uint32(t)&0xffff)
		if n += uint(c.n); n >= 32 {
			n -= 32
			w.write32(uint32(acc >> (n & 63)))
		}
	}
	w.acc, w.n = acc, n
}
