package jpeg

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

// of returns the tokens of a block.
func (t *tokens) of(block int) []token {
	begin := uint32(0)
	if block > 0 {
		begin = t.ends[block-1]
	}
	return t.all[begin:t.ends[block]]
}

// tokenise makes the tokens of a component, and counts their symbols.
func (c *part) tokenise(divisors *[64]divisor, counts *frequencies) {
	blocks := c.blocksX * c.blocksY
	t := tokens{means: make([]int16, blocks), all: make([]token, 0, 4*blocks), ends: make([]uint32, blocks)}
	var b [64]int32
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
				c.load(&b, bx, by)
				fdct(&b)
				t.means[i] = divisors[0].divide(b[0])
				t.all = appendTokens(t.all, &b, divisors, counts)
			}
			t.ends[i] = uint32(len(t.all))
		}
	}
	c.tokens = t
}

// appendTokens appends what a block has beside its mean.
func appendTokens(all []token, b *[64]int32, divisors *[64]divisor, counts *frequencies) []token {
	zeros := uint(0)
	for k := 1; k < 64; k++ {
		v, d := b[zigzag[k]&63], &divisors[k]
		if uint32(v+d.half-1) <= uint32(2*d.half-2) { // nearer to zero than to the first step, which is even
			zeros++
			continue
		}
		value, size := magnitude(int32(d.divide(v)))
		for ; zeros > 15; zeros -= 16 {
			all = append(all, newToken(zeroRun, 0))
			counts[zeroRun]++
		}
		symbol := uint8(zeros<<4) | uint8(size)
		all = append(all, newToken(symbol, value))
		counts[symbol]++
		zeros = 0
	}
	if zeros > 0 {
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
		c.tokenise(&e.divisors[c.quant], &counts[acLuma+c.quant])
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
