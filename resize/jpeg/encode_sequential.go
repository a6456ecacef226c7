package jpeg

// tokenise makes the tokens of a component, and counts their symbols.
func (c *part) tokenise(q *quantiser, counts *frequencies) {
	t := spare.Get().(*tokens)
	t.reset(c.blocksX * c.blocksY)
	c.walk(q, t.means, func(block int, s *spectrum) {
		if s == nil {
			t.all = append(t.all, endOfBlock)
			counts[endOfBlock]++
		} else {
			t.all = q.appendTokens(t.all, s, counts)
		}
		t.ends[block] = uint32(len(t.all))
	})
	c.tokens = t
}

// appendTokens appends what a block has beside its mean.
func (q *quantiser) appendTokens(all []token, s *spectrum, counts *frequencies) []token {
	all, last := q.appendValues(all, s, q.nonzero(s)&^1, 0, counts)
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
