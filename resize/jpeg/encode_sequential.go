package jpeg

import (
	"math/bits"
	"slices"
	"sync"
)

// A sequential scan is written from tokens, which are made while the coefficients of a block are at hand: most of
// those are zero, and are looked at once.

// A token is a symbol of an AC coefficient, and below it, in 16 bits, the bits of the value behind it.
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

// tokenise makes the tokens of a component, and counts their symbols.
func (c *part) tokenise(q *quantiser, counts *frequencies) {
	blocks := c.blocksX * c.blocksY
	t := spare.Get().(*tokens)
	t.reset(blocks)
	var s spectrum
	for by := range c.blocksY {
		for bx := range c.blocksX {
			i := by*c.blocksX + bx
			switch {
			case bx >= c.ownX: // only fills up: as the block before it, to cost nothing
				t.means[i] = t.means[i-1]
				t.all = append(t.all, endOfBlock)
				counts[endOfBlock]++
			case by >= c.ownY:
				t.means[i] = t.means[i-c.blocksX]
				t.all = append(t.all, endOfBlock)
				counts[endOfBlock]++
			default:
				c.spectrum(&s, bx, by)
				t.means[i] = int16(q.value(&s, 0))
				t.all = q.appendTokens(t.all, &s, counts)
			}
			t.ends[i] = uint32(len(t.all))
		}
	}
	c.tokens = t
}

// appendTokens appends what a block has beside its mean.
func (q *quantiser) appendTokens(all []token, s *spectrum, counts *frequencies) []token {
	last := 0
	for rest := q.nonzero(s) &^ 1; rest != 0; rest &= rest - 1 {
		k := bits.TrailingZeros64(rest)
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
	if last < 63 {
		all = append(all, endOfBlock)
		counts[endOfBlock]++
	}
	return all
}

// sequentialScan writes all components: their Huffman tables, then the scan.
func (e *encoder) sequentialScan() {
	var counts counter
	for i := range e.components {
		c := &e.components[i]
		c.tokenise(e.quantisers[c.quant], &counts[acLuma+c.quant])
	}
	e.walkMeans(func(c *part, block int, size uint, _ uint32) { counts[dcLuma+c.quant][size]++ })
	w := e.begin(&counts, e.all(), band{to: 63})
	codes := [2]shiftedCodes{shifted(&w.codes[acLuma]), shifted(&w.codes[acChroma])}
	e.walkMeans(func(c *part, block int, size uint, value uint32) {
		w.symbol(dcLuma+c.quant, uint8(size), value, size)
		w.write(c.tokens.of(block), &codes[c.quant])
	})
	w.flush()
	e.out = w.out
	for i := range e.components {
		spare.Put(e.components[i].tokens)
		e.components[i].tokens = nil
	}
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
		s[symbol].bits, s[symbol].n = uint32(c.bits)<<size, c.n+size
	}
	return s
}

// write writes the tokens of a block.
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
