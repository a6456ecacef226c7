package jpeg

// A memory keeps the coefficients of a component between the scans of a progressive file.
//
// How much it keeps goes by the scale. At an eighth it is the mean alone, and scans of others are passed over
// unread. At a quarter it is the four next ones too; where their last bits would hardly be seen, it does not track
// which of the others are known, and refinements are passed over. Else it keeps all that are wanted, and of the
// others whether they are zero: that, and not what they are, says how long a refinement is. Up to a half, refinements
// that would hardly be seen are passed over too: a last one is most of a file.
type memory struct {
	kept    int // coefficients of each block
	blocksX int // in a row, with those that only fill up an MCU
	coefs   []int16
	known   []uint64 // of each block, which coefficients are not zero; made for the first scan of them
	rough   bool     // refinements are passed over
	low     uint     // rough: bits that are missing then

	passed  uint64    // coefficients with a refinement that was passed over: others of them can't be read any more
	missing [64]uint8 // bits of each that are missing for that
}

func newMemory(blocksX, blocksY, scale, wanted int) *memory {
	m := &memory{kept: wanted + 1, blocksX: blocksX}
	switch scale {
	case 1:
		m.kept = 1
	case 2:
		m.kept = 5
	}
	m.coefs = make([]int16, blocksX*blocksY*m.kept)
	return m
}

// readsAll is the smallest scale at which no first scan is passed over.
const readsAll = 3

// roughStep is the largest error of a coefficient that is accepted at a quarter of the size.
const roughStep = 16

// refinedScale is the largest scale at which a refinement may be passed over, refinedStep the largest error of a
// coefficient that is accepted then.
const (
	refinedScale = 4
	refinedStep  = 8
)

// passes tells whether a refinement is passed over, and notes it.
func (m *memory) passes(b band, table *[64]int32, scale, wanted int) bool {
	mask := span(uint(b.from), uint(b.to)+1)
	if m.passed&mask == 0 {
		if scale > refinedScale {
			return false
		}
		for k := b.from; k <= min(b.to, wanted); k++ {
			if table[k]<<b.high > refinedStep {
				return false
			}
		}
	}
	m.passed |= mask
	for k := b.from; k <= b.to; k++ {
		m.missing[k] = max(m.missing[k], uint8(b.high))
	}
	return true
}

// begin prepares for the first scan of coefficients 1 and up.
func (m *memory) begin(table *[64]int32, scale int, low uint) {
	if m.rough || m.known != nil {
		return
	}
	if scale == 2 && max(table[1], table[2], table[3], table[4])<<low <= roughStep {
		m.rough, m.low = true, low
		return
	}
	m.known = make([]uint64, len(m.coefs)/m.kept)
}

// progressiveScan decodes a scan, or passes it over if it brings nothing that is seen.
func (d *decoder) progressiveScan(s *scan) error {
	b := s.band
	switch {
	case b.from > b.to || b.to > 63 || b.from == 0 && b.to != 0 || b.from != 0 && len(s.parts) != 1,
		b.high != 0 && b.high != b.low+1, b.low > 13:
		return corrupt("a scan of coefficients %d to %d, bits %d to %d", b.from, b.to, b.high, b.low)
	}
	for i := range s.parts {
		p := &s.parts[i]
		if b.from == 0 && b.high == 0 && p.dc == nil || b.from > 0 && p.ac == nil {
			return corrupt("a scan without its Huffman tables")
		}
		p.decoded = p.decoded || b.from == 0
		for k := b.from; k <= b.to; k++ {
			p.lows[k] = uint8(b.low) + 1
		}
	}
	if b.from == 0 && b.high == 0 {
		return d.walk(s, (*scan).firstDC)
	}
	if b.from == 0 {
		return d.walk(s, (*scan).refineDC)
	}
	m := s.parts[0].memory
	if d.scale > 1 && b.high == 0 {
		m.begin(s.parts[0].table, d.scale, b.low)
	}
	switch {
	case d.scale == 1, m.rough && (b.from >= m.kept || b.high != 0):
		d.at = nextMarker(d.src, d.at)
		d.passed = true
		return nil
	case b.high != 0 && m.known == nil:
		return corrupt("a refinement of nothing")
	case b.high != 0 && !d.readsAll && m.passes(b, s.parts[0].table, d.scale, d.wanted):
		d.at = nextMarker(d.src, d.at)
		d.passed = true
		return nil
	case b.high != 0:
		return d.walk(s, (*scan).refineAC)
	case m.rough:
		s.parts[0].ac.needSkips()
	}
	return d.walk(s, (*scan).firstAC)
}

func (s *scan) firstDC(p *scanPart, x, y int) bool {
	ok := s.readDC(p)
	m := p.memory
	m.coefs[(y*m.blocksX+x)*m.kept] = int16(p.prediction << s.band.low)
	return ok
}

func (s *scan) refineDC(p *scanPart, x, y int) bool {
	if s.n < 1 {
		s.refill()
	}
	m := p.memory
	m.coefs[(y*m.blocksX+x)*m.kept] |= int16(s.acc>>63) << s.band.low
	s.skip(1)
	return true
}

// firstAC decodes the first bits of a band of a block.
func (s *scan) firstAC(p *scanPart, x, y int) bool {
	if s.run > 0 {
		s.run--
		return true
	}
	m := p.memory
	i := y*m.blocksX + x
	coefs := m.coefs[i*m.kept : (i+1)*m.kept]
	known := uint64(0)
	acc, n := s.acc, s.n
	k, end := s.band.from, s.band.to+1
	for k < end {
		if n < 32 {
			s.acc, s.n = acc, n
			s.refill()
			acc, n = s.acc, s.n
		}
		var v int32
		if e := p.ac.values[acc>>(64-lookBits)]; e>>16 != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			k += int(e >> 8 & 255)
			v = int32(e) >> 16
		} else {
			symbol, bits := p.ac.look(acc)
			acc <<= bits & 63
			n -= bits
			size := uint(symbol & 15)
			if size == 0 && symbol != zeroRun {
				s.acc, s.n = acc, n
				s.run = s.blockRun(uint(symbol>>4)) - 1
				if m.known != nil {
					m.known[i] |= known
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
		known |= 1 << (k & 63)
		if k < len(coefs) {
			coefs[k] = int16(v << s.band.low)
		} else if m.rough {
			s.acc, s.n = acc, n
			bits := s.passAC(p.ac, k+1, end)
			if bits > 0 {
				s.run = s.blockRun(uint(bits)) - 1
			}
			return bits >= 0
		}
		k++
	}
	if m.known != nil {
		m.known[i] |= known
	}
	s.acc, s.n = acc, n
	return k == end
}

// blockRun reads how many blocks end here: 2ⁿ and n bits more.
func (b *bitReader) blockRun(n uint) int {
	if b.n < 16 {
		b.refill()
	}
	return 1<<n + int(b.bits(n))
}
