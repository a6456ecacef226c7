package jpeg

import (
	"math/bits"
	"slices"
	"sync"
)

// Scans are written from tokens, which are made while the coefficients of a block are at hand: most of those are zero,
// and are looked at once.

// A token is a symbol of AC coefficients, and below it, in 16 bits, the bits of the value behind it.
type token uint32

func newToken(symbol uint8, value uint32) token { return token(symbol)<<16 | token(value) }

// tokens are the blocks of a component, row by row.
type tokens struct {
	means []int16  // DC coefficients
	all   []token  // of all blocks
	ends  []uint32 // where in all each block ends
}

// spare are tokens that nothing uses.
var spare = sync.Pool{New: func() any { return new(tokens) }}

// reset makes room for some blocks.
func (t *tokens) reset(blocks int) {
	t.means = slices.Grow(t.means[:0], blocks)[:blocks]
	t.ends = slices.Grow(t.ends[:0], blocks)[:blocks]
	t.all = slices.Grow(t.all[:0], 4*blocks)
}

// of returns the tokens of a block.
func (t *tokens) of(block int) []token {
	begin := uint32(0)
	if block > 0 {
		begin = t.ends[block-1]
	}
	return t.all[begin:t.ends[block]]
}

// walk goes through the blocks of a component, row by row, and sets their means. Of a block that only fills up an MCU
// there is no spectrum; its mean is that of the one before it, to cost nothing.
func (c *part) walk(q *quantiser, means []int16, do func(block int, s *spectrum)) {
	var s spectrum
	for by := range c.blocksY {
		for bx := range c.blocksX {
			i := by*c.blocksX + bx
			switch {
			case bx >= c.ownX:
				means[i] = means[i-1]
				do(i, nil)
			case by >= c.ownY:
				means[i] = means[i-c.blocksX]
				do(i, nil)
			default:
				c.spectrum(&s, bx, by)
				means[i] = int16(q.value(&s, 0))
				do(i, &s)
			}
		}
	}
}

// appendValues appends the coefficients of a set, each with the zeros between it and the one before, the first of
// which is behind last. It returns the last of them.
func (q *quantiser) appendValues(all []token, s *spectrum, set uint64, last int, counts *frequencies) ([]token, int) {
	for ; set != 0; set &= set - 1 {
		k := bits.TrailingZeros64(set)
		zeros := k - last - 1
		last = k
		for ; zeros > 15; zeros -= 16 {
			all = append(all, newToken(zeroRun, 0))
			counts[zeroRun]++
		}
		value, size := magnitude(q.value(s, k))
		symbol := uint8(zeros<<4) | uint8(size)
		all = append(all, newToken(symbol, value))
		counts[symbol]++
	}
	return all, last
}

// walkMeans goes through all blocks in the order of the file, with what their mean differs by from the one before.
func (e *encoder) walkMeans(do func(c *part, block int, size uint, value uint32)) {
	var last [3]int32
	for my := range e.mcusY {
		for mx := range e.mcusX {
			for i := range e.components {
				c := &e.components[i]
				for v := range c.v {
					for h := range c.h {
						block := (my*c.v+v)*c.blocksX + mx*c.h + h
						mean := int32(c.tokens.means[block])
						value, size := magnitude(mean - last[i])
						last[i] = mean
						do(c, block, size, value)
					}
				}
			}
		}
	}
}

// shiftedCodes holds for each symbol its code, with room for the bits of its value behind it.
type shiftedCodes [256]struct {
	bits uint32
	n    uint8 // of code and value
}

func shifted(codes *[256]codeword) (s shiftedCodes) {
	for symbol, c := range codes {
		size := uint8(symbol & 15)
		if size == 0 && symbol != zeroRun { // the end of a run of blocks
			size = uint8(symbol >> 4)
		}
		s[symbol].bits, s[symbol].n = uint32(c.bits)<<size, c.n+size
	}
	return s
}

// write writes tokens.
func (w *writer) write(ts []token, codes *shiftedCodes) {
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
