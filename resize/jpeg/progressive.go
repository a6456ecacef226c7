package jpeg

// A coefBuffer holds the quantised coefficients of a component between the scans of a progressive file.
//
// What it holds and which scans are skipped depends on the scale:
//
//	1/8          DC alone; every AC scan is skipped
//	2/8          zigzag indexes 0 to 4; a rough buffer skips all refinements of AC and all scans of other coefficients
//	up to 4/8    what the scale needs; a refinement of AC that would hardly be seen is skipped
//	above        what the scale needs; every scan is decoded
//
// A refinement has a correction bit for each coefficient that is not 0 (T.81, G.1.2.3). To read over these bits, the
// decoder must know which coefficients those are, even of those whose values are not needed: nonzero holds that.
type coefBuffer struct {
	kept    int      // coefficients of each block that coefs holds: zigzag indexes 0 to kept-1
	blocksX int      // blocks in a row, with those that only pad MCUs
	coefs   []int16  // block by block, row by row
	nonzero []uint64 // of each block: bit k is set if the coefficient of zigzag index k is not 0; made by startAC

	// A rough buffer is one without nonzero, at a scale of 2/8. The lowest roughAl bits of its AC coefficients are
	// missing: that is the Al of the first AC scan.
	rough   bool
	roughAl uint

	// Coefficients with a refinement that was skipped, as bits, and how many of the lowest bits of each are missing, by
	// zigzag index. What nonzero has on them is not right any more, so that no later refinement of them can be decoded.
	skipped     uint64
	missingBits [64]uint8
}

func newCoefBuffer(blocksX, blocksY, wanted int) *coefBuffer {
	kept := wanted + 1
	return &coefBuffer{kept: kept, blocksX: blocksX, coefs: make([]int16, blocksX*blocksY*kept)}
}

// everyScanScale is the smallest N of N/8 at which no first scan of a coefficient is skipped.
const everyScanScale = 3

// roughStep is how large the lowest bit of each coefficient that the first AC scan brings may be, after dequantisation,
// for the buffer to become rough.
const roughStep = 16

// At scales of up to skipRefinementScale/8, a refinement is skipped if the lowest bit that is left of each coefficient
// that the scale needs is, after dequantisation, at most skipRefinementStep.
const (
	skipRefinementScale = 4
	skipRefinementStep  = 8
)

// skipsRefinement reports whether a refinement of b is to be skipped, and records that.
func (m *coefBuffer) skipsRefinement(b band, quant *[64]int32, scale, wanted int) bool {
	coefs := bitRange(uint(b.ss), uint(b.se)+1)
	if m.skipped&coefs == 0 {
		if scale > skipRefinementScale {
			return false
		}
		for k := b.ss; k <= min(b.se, wanted); k++ {
			if quant[k]<<b.ah > skipRefinementStep {
				return false
			}
		}
	}
	m.skipped |= coefs
	for k := b.ss; k <= b.se; k++ {
		m.missingBits[k] = max(m.missingBits[k], uint8(b.ah))
	}
	return true
}

// startAC is called before each first scan of AC coefficients. At the first of them, which has the bits from al up, it
// makes m rough, or makes nonzero.
func (m *coefBuffer) startAC(quant *[64]int32, scale int, al uint) {
	if m.rough || m.nonzero != nil {
		return
	}
	if scale == 2 && max(quant[1], quant[2], quant[3], quant[4])<<al <= roughStep {
		m.rough, m.roughAl = true, al
		return
	}
	m.nonzero = make([]uint64, len(m.coefs)/m.kept)
}

// progressiveScan decodes a scan of a progressive frame, or skips it if it has nothing that the scale shows.
func (d *decoder) progressiveScan(s *scan) error {
	if err := s.checkProgressive(); err != nil {
		return err
	}
	first := s.band.ah == 0
	if s.band.ss > 0 {
		return d.scanAC(s, first)
	}
	if first {
		return d.eachBlock(s, (*scan).firstDC)
	}
	return d.eachBlock(s, (*scan).refineDC)
}

// checkProgressive checks the band of a scan (T.81, G.1.1.1) and its tables, and records which bits it brings.
func (s *scan) checkProgressive() error {
	b := s.band
	if !b.isValid() || b.ss != 0 && len(s.components) != 1 {
		return corrupt("a scan of coefficients %d to %d, bits %d to %d", b.ss, b.se, b.ah, b.al)
	}
	for i := range s.components {
		c := &s.components[i]
		if b.ss == 0 && b.ah == 0 && c.dc == nil || b.ss > 0 && c.ac == nil {
			return corrupt("a scan without its Huffman tables")
		}
		c.decoded = c.decoded || b.ss == 0
		for k := b.ss; k <= b.se; k++ {
			c.alPlus1[k] = uint8(b.al) + 1
		}
	}
	return nil
}

// isValid reports whether a scan of a progressive file may have this band (T.81, G.1.1.1): DC is never in a scan with
// AC, and a refinement brings one bit.
func (b band) isValid() bool {
	return b.ss <= b.se && b.se <= 63 && (b.ss > 0 || b.se == 0) && (b.ah == 0 || b.ah == b.al+1) && b.al <= 13
}

// scanAC decodes or skips a scan of AC coefficients, which has one component.
func (d *decoder) scanAC(s *scan, first bool) error {
	c := &s.components[0]
	m := c.buffer
	if d.scale > 1 && first {
		m.startAC(c.quant, d.scale, s.band.al)
	}
	switch {
	case d.scale == 1, m.rough && (s.band.ss >= m.kept || !first):
		d.skipScan()
		return nil
	case !first && m.nonzero == nil:
		return corrupt("a refinement of nothing")
	case !first && !d.everyScan && m.skipsRefinement(s.band, c.quant, d.scale, d.wanted):
		d.skipScan()
		return nil
	case !first:
		return d.eachBlock(s, (*scan).refineAC)
	case m.rough:
		c.ac.needSkips()
	}
	return d.eachBlock(s, (*scan).firstAC)
}

// skipScan goes on at the next marker. Restart markers are not segments: segments.next passes over them.
func (d *decoder) skipScan() {
	d.at = nextMarker(d.src, d.at)
	d.skippedScan = true
}

// firstDC decodes the DC coefficient of a block, except for its lowest al bits (T.81, G.1.2.1).
func (s *scan) firstDC(c *scanComponent, x, y int) bool {
	ok := s.readDC(c)
	m := c.buffer
	m.coefs[(y*m.blocksX+x)*m.kept] = int16(c.predictor << s.band.al)
	return ok
}

// refineDC decodes bit al of the DC coefficient of a block, which is not Huffman-coded (T.81, G.1.2.1).
func (s *scan) refineDC(c *scanComponent, x, y int) bool {
	if s.n < 1 {
		s.refill()
	}
	m := c.buffer
	m.coefs[(y*m.blocksX+x)*m.kept] |= int16(s.acc>>63) << s.band.al
	s.skip(1)
	return true
}

// firstAC decodes the coefficients of a block from ss to se, except for their lowest al bits (T.81, G.1.2.2).
func (s *scan) firstAC(c *scanComponent, x, y int) bool {
	if s.eobRun > 0 {
		s.eobRun--
		return true
	}
	m := c.buffer
	i := y*m.blocksX + x
	coefs := m.coefs[i*m.kept : (i+1)*m.kept]
	nonzero := uint64(0)
	acc, n := s.acc, s.n
	k, end := s.band.ss, s.band.se+1
	for k < end {
		if n < 32 {
			s.acc, s.n = acc, n
			s.refill()
			acc, n = s.acc, s.n
		}
		var v int32
		if e := c.ac.values[acc>>(64-valueBits)]; e>>16 != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			k += int(e >> 8 & 255)
			v = int32(e) >> 16
		} else {
			symbol, bits := c.ac.lookup(acc)
			acc <<= bits & 63
			n -= bits
			size := uint(symbol & 15)
			if size == 0 && symbol != symbolZRL {
				s.acc, s.n = acc, n
				s.eobRun = s.readEOBRun(uint(symbol>>4)) - 1
				if m.nonzero != nil {
					m.nonzero[i] |= nonzero
				}
				return bits != 0
			}
			if size == 0 {
				k += 16
				continue
			}
			v = extend(acc, size)
			acc <<= size & 63
			n -= size
			k += int(symbol >> 4)
		}
		if k >= end {
			return false
		}
		nonzero |= 1 << (k & 63)
		if k < len(coefs) {
			coefs[k] = int16(v << s.band.al)
		} else if m.rough {
			s.acc, s.n = acc, n
			bits := s.skipAC(c.ac, k+1, end)
			if bits > 0 {
				s.eobRun = s.readEOBRun(uint(bits)) - 1
			}
			return bits >= 0
		}
		k++
	}
	if m.nonzero != nil {
		m.nonzero[i] |= nonzero
	}
	s.acc, s.n = acc, n
	return k == end
}

// readEOBRun reads the n bits behind EOBn and returns the number of blocks that it ends, this one included: 2ⁿ and
// those bits (T.81, G.1.2.2).
func (b *bitReader) readEOBRun(n uint) int {
	if b.n < 16 {
		b.refill()
	}
	return 1<<n + int(b.receive(n))
}
