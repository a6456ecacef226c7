package jpeg

import (
	"math/bits"
	"slices"
)

// progressiveScans writes the means of luma, those of chroma, each of the two lowest frequencies of luma, all AC coefficients of
// Cr and of Cb, and last the other frequencies of luma, which are most of the file. The means of luma take fewer bits row by row
// and with codes of their own, and the two lowest frequencies, which most blocks have, with other codes than the rest, which
// long runs of blocks lack. At 800 pixels, a scan for each of the two saves 0.6 % more than one for both; finer bands and
// successive approximation save 0.2 % more at best.
func (e *encoder) progressiveScans() {
	var scans []*bandTokens
	for i := range e.components {
		c := &e.components[i]
		bands := []band{{ss: 1, se: 63}}
		if i == 0 {
			bands = []band{{ss: 1, se: 1}, {ss: 2, se: 2}, {ss: 3, se: 63}}
		}
		scans = append(scans, c.tokeniseBands(i, bands)...)
	}
	slices.Reverse(scans[2:])
	e.shareTables(scans)
	e.dcScan([]int{0})
	if len(e.components) > 1 {
		e.dcScan([]int{1, 2})
	}
	for _, scan := range scans {
		e.acScan(scan)
	}
}

// bandTokens are the tokens of the blocks of a component in a band of AC coefficients.
type bandTokens struct {
	band
	component   int
	set         uint64  // bits ss to se
	prices      *prices // nil to keep all
	tokens      *tokens
	frequencies frequencies
	eobRun      int // blocks that have ended, for which there is no token yet (T.81, G.1.2.2)
}

// tokeniseBands makes the tokens of a component in each band, the first of which keep the DC coefficients too.
func (c *encoderComponent) tokeniseBands(component int, bands []band) (all []*bandTokens) {
	for _, b := range bands {
		all = append(all, &bandTokens{
			band: b, component: component, set: bitRange(uint(b.ss), uint(b.se)+1), prices: c.prices(b),
			tokens: newTokens(c.blocksX * c.blocksY),
		})
	}
	c.tokens = all[0].tokens
	q := c.quantiser
	c.eachSpectrum(c.tokens.dc, func(_ int, s *spectrum) {
		if s == nil { // a scan of one component has no blocks that only pad MCUs (T.81, A.2.2)
			return
		}
		nonzero := q.nonzero(s)
		for _, b := range all {
			b.add(q, s, nonzero)
		}
	})
	for _, b := range all {
		b.endRun()
	}
	return all
}

// maxEOBRun is the longest run of ended blocks that a symbol can code: EOB14 with 14 ones.
const maxEOBRun = 1<<15 - 1

// add adds the tokens of a block. A block that ends before se continues a run of such blocks, which becomes one token.
func (b *bandTokens) add(q *quantiser, s *spectrum, nonzero uint64) {
	last, set := b.ss-1, nonzero&b.set
	if b.prices != nil && set != 0 {
		set = q.choose(s, set, b.band, b.prices)
	}
	if set != 0 {
		b.endRun()
		b.tokens.ac, last = q.appendValues(b.tokens.ac, s, set, last, &b.frequencies)
	}
	if last < b.se {
		if b.eobRun++; b.eobRun == maxEOBRun {
			b.endRun()
		}
	}
}

// endRun adds the token of a run of ended blocks, if there is one.
func (b *bandTokens) endRun() {
	if b.eobRun == 0 {
		return
	}
	n := bits.Len(uint(b.eobRun)) - 1
	symbol := uint8(n << 4)
	b.tokens.ac = append(b.tokens.ac, newToken(symbol, uint32(b.eobRun)&(1<<n-1)))
	b.frequencies[symbol]++
	b.eobRun = 0
}

// shareTables lets scans share a Huffman table with those before them where that takes fewer bits than one for each, which saves
// about half a per cent of a small file: the first of them writes it, with the frequencies of all, and none are left to the
// others.
func (e *encoder) shareTables(scans []*bandTokens) {
	var writers [2]*bandTokens // which wrote the table of luma and that of chroma last
	for _, scan := range scans {
		writer := &writers[e.components[scan.component].huffman]
		if *writer == nil || !(*writer).frequencies.takeOver(&scan.frequencies, segmentHeader) {
			*writer = scan
		}
	}
}

// dcScan writes the DC coefficients of some components.
func (e *encoder) dcScan(components []int) {
	var f scanFrequencies
	e.eachDC(components, func(c *encoderComponent, _ int, size uint, _ uint32) { f[dcLuma+c.huffman][size]++ })
	w := e.beginScan(&f, components, band{})
	e.eachDC(components, func(c *encoderComponent, _ int, size uint, value uint32) {
		w.symbol(dcLuma+c.huffman, uint8(size), value, size)
	})
	e.endScan(w)
}

// acScan writes the scan of a band, and gives its tokens back to tokensPool.
func (e *encoder) acScan(b *bandTokens) {
	table := acLuma + e.components[b.component].huffman
	var f scanFrequencies
	f[table] = b.frequencies
	w := e.beginScan(&f, []int{b.component}, b.band)
	codes := newTokenCodes(&w.codes[table])
	w.tokens(b.tokens.ac, &codes)
	e.endScan(w)
	tokensPool.Put(b.tokens)
	b.tokens = nil
}
