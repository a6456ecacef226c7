package jpeg

// sequentialScan writes all components in one interleaved scan.
func (e *encoder) sequentialScan() {
	var f scanFrequencies
	for i := range e.components {
		c := &e.components[i]
		c.tokenise(&f[acLuma+c.huffman])
	}
	e.eachDC(e.interleaved(), func(c *encoderComponent, block int, size uint, _ uint32) { f[dcLuma+c.huffman][size]++ })
	if e.width*e.height < SmallPixels {
		e.shareWithChroma(&f)
	}
	w := e.beginScan(&f, e.interleaved(), band{se: 63})
	codes := [2]tokenCodes{newTokenCodes(&w.codes[acLuma]), newTokenCodes(&w.codes[acChroma])}
	e.eachDC(e.interleaved(), func(c *encoderComponent, block int, size uint, value uint32) {
		w.symbol(dcLuma+c.huffman, uint8(size), value, size)
		w.tokens(c.tokens.block(block), &codes[c.huffman])
	})
	e.endScan(w)
	for i := range e.components {
		tokensPool.Put(e.components[i].tokens)
		e.components[i].tokens = nil
	}
}

// shareWithChroma lets chroma share the Huffman tables of luma where that takes fewer bits than tables of its own, which are a tenth
// of an icon.
func (e *encoder) shareWithChroma(f *scanFrequencies) {
	for _, luma := range [...]int{dcLuma, acLuma} {
		chroma := luma + 1
		if len(e.components) > 1 && f[luma].takeOver(&f[chroma], 0) {
			e.shares[chroma] = true
		}
	}
}

// tokenise makes the tokens of a component and counts their symbols.
func (c *encoderComponent) tokenise(f *frequencies) {
	q, p := c.quantiser, c.prices(wholeBand)
	t := newTokens(c.blocksX * c.blocksY)
	c.eachSpectrum(t.dc, func(block int, s *spectrum) {
		if s == nil {
			t.ac = append(t.ac, symbolEOB)
			f[symbolEOB]++
		} else {
			t.ac = q.appendBlock(t.ac, s, p, f)
		}
		t.ends[block] = uint32(len(t.ac))
	})
	c.tokens = t
}

// wholeBand are all AC coefficients.
var wholeBand = band{ss: 1, se: 63}

// appendBlock appends tokens for the AC coefficients of a block (T.81, F.1.2.2) and counts their symbols. It chooses which
// are worth their prices, unless p is nil.
func (q *quantiser) appendBlock(ac []token, s *spectrum, p *prices, f *frequencies) []token {
	set := q.nonzero(s) &^ 1
	if p != nil && set != 0 {
		set = q.choose(s, set, wholeBand, p)
	}
	ac, last := q.appendValues(ac, s, set, 0, f)
	if last < 63 {
		ac = append(ac, symbolEOB)
		f[symbolEOB]++
	}
	return ac
}
