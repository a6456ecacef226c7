package jpeg

import (
	"math/bits"
	"slices"
)

// progressiveScans writes the means first, then the low frequencies, then the others; those of the luma, which are
// most of the file, at the end.
func (e *encoder) progressiveScans() {
	var scans []*bandTokens
	for i := range e.components {
		c := &e.components[i]
		bands := []band{{from: 1, to: 63}}
		if i == 0 {
			bands = []band{{from: 1, to: 5}, {from: 6, to: 63}}
		}
		scans = append(scans, c.tokeniseBands(e.quantisers[c.quant], i, bands)...)
	}
	slices.Reverse(scans[1:])
	e.meansScan()
	for _, scan := range scans {
		e.bandScan(scan)
	}
}

// bandTokens are what the blocks of a component have in a band of frequencies.
type bandTokens struct {
	band
	component int
	set       uint64 // the band's coefficients
	tokens    *tokens
	counts    frequencies
	run       int // blocks that have ended, which is not said yet
}

// tokeniseBands makes the tokens of a component, band by band, and its means.
func (c *part) tokeniseBands(q *quantiser, component int, bands []band) (all []*bandTokens) {
	for _, b := range bands {
		one := &bandTokens{band: b, component: component, set: 1<<(b.to+1) - 1<<b.from, tokens: spare.Get().(*tokens)}
		one.tokens.reset(c.blocksX * c.blocksY)
		all = append(all, one)
	}
	c.tokens = all[0].tokens
	c.walk(q, c.tokens.means, func(_ int, s *spectrum) {
		if s == nil { // a scan of one component is without it
			return
		}
		nonzero := q.nonzero(s)
		for _, one := range all {
			one.add(q, s, nonzero)
		}
	})
	for _, one := range all {
		one.endRun()
	}
	return all
}

// maxRun is the longest run of blocks that a symbol can say.
const maxRun = 1<<15 - 1

// add adds a block. Blocks that have nothing more are counted, and said together.
func (b *bandTokens) add(q *quantiser, s *spectrum, nonzero uint64) {
	last := b.from - 1
	if set := nonzero & b.set; set != 0 {
		b.endRun()
		b.tokens.all, last = q.appendValues(b.tokens.all, s, set, last, &b.counts)
	}
	if last < b.to {
		if b.run++; b.run == maxRun {
			b.endRun()
		}
	}
}

func (b *bandTokens) endRun() {
	if b.run == 0 {
		return
	}
	n := bits.Len(uint(b.run)) - 1
	symbol := uint8(n << 4)
	b.tokens.all = append(b.tokens.all, newToken(symbol, uint32(b.run)&(1<<n-1)))
	b.counts[symbol]++
	b.run = 0
}

// meansScan writes the means of all components.
func (e *encoder) meansScan() {
	var counts counter
	e.walkMeans(func(c *part, block int, size uint, _ uint32) { counts[dcLuma+c.quant][size]++ })
	w := e.begin(&counts, e.all(), band{})
	e.walkMeans(func(c *part, block int, size uint, value uint32) { w.symbol(dcLuma+c.quant, uint8(size), value, size) })
	w.flush()
	e.out = w.out
}

// bandScan writes a band of a component, whose tokens nothing needs any more.
func (e *encoder) bandScan(b *bandTokens) {
	table := acLuma + e.components[b.component].quant
	var counts counter
	counts[table] = b.counts
	w := e.begin(&counts, []int{b.component}, b.band)
	codes := shifted(&w.codes[table])
	w.write(b.tokens.all, &codes)
	w.flush()
	e.out = w.out
	spare.Put(b.tokens)
	b.tokens = nil
}
