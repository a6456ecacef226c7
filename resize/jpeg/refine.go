package jpeg

import "math/bits"

// refineAC decodes bit al of the coefficients from ss to se of a block (T.81, G.1.2.3): a correction bit for each that
// was not zero, and Huffman codes for the zeros that become 1 or −1, times 2^al.
func (s *scan) refineAC(c *scanComponent, x, y int) bool {
	m := c.buffer
	i := y*m.blocksX + x
	coefs, nonzero := m.coefs[i*m.kept:(i+1)*m.kept], m.nonzero[i]
	k, end := uint(s.band.ss), uint(s.band.se)+1
	for s.eobRun == 0 && k < end {
		if s.n < 32 {
			s.refill()
		}
		symbol, n := c.ac.lookup(s.acc)
		if n == 0 || symbol&15 > 1 {
			return false
		}
		s.skip(n)
		value, zeros := int16(0), int(symbol>>4)
		if symbol&15 == 1 {
			value = (int16(s.acc>>63)*2 - 1) << s.band.al
			s.skip(1)
		} else if zeros < 15 {
			s.eobRun = s.readEOBRun(uint(zeros))
			break
		}
		free := ^nonzero & bitRange(k, end) // the lowest bit becomes the place of value, behind so many zeros
		for range zeros {
			free &= free - 1
		}
		if free == 0 {
			return false
		}
		at := uint(bits.TrailingZeros64(free))
		s.correct(coefs, nonzero&bitRange(k, at))
		if value != 0 {
			nonzero |= 1 << at
			if at < uint(len(coefs)) {
				coefs[at] = value
			}
		}
		k = at + 1
	}
	if s.eobRun > 0 {
		s.eobRun--
		s.correct(coefs, m.nonzero[i]&bitRange(k, end))
	}
	m.nonzero[i] = nonzero
	return true
}

// bitRange returns bits from to end-1; end is at most 64.
func bitRange(from, end uint) uint64 { return 1<<end - 1<<from }

// correct reads a correction bit for each coefficient of a set, bit k of which is zigzag index k. A one adds 2^al to
// the magnitude. For those beyond coefs, the bits are skipped.
func (s *scan) correct(coefs []int16, set uint64) {
	acc, n := s.acc, s.n
	step := int16(1) << s.band.al
	for set != 0 {
		if n < 1 {
			s.acc, s.n = acc, n
			s.refill()
			acc, n = s.acc, s.n
		}
		k := bits.TrailingZeros64(set)
		if k >= len(coefs) {
			break
		}
		set &= set - 1
		v := coefs[k]
		sign := v >> 15
		coefs[k] = v + (step^sign-sign)&int16(int64(acc)>>63)
		acc <<= 1
		n--
	}
	s.acc, s.n = acc, n
	for left := uint(bits.OnesCount64(set)); left > 0; {
		if s.n < 1 {
			s.refill()
		}
		have := min(left, s.n)
		s.acc <<= have
		s.n -= have
		left -= have
	}
}

// reconstruct makes the samples of a component of a progressive file, when all scans were read, and frees its
// coefficients.
func (d *decoder) reconstruct(c *component) {
	m := c.buffer
	q := newDequantiser(m, c.quant, d.wanted)
	var b block
	for y := c.blocks.Min.Y; y < c.blocks.Max.Y; y++ {
		row := c.pix[(y-c.blocks.Min.Y)*d.scale*c.stride:]
		for x := c.blocks.Min.X; x < c.blocks.Max.X; x++ {
			i := y*m.blocksX + x
			dst := row[(x-c.blocks.Min.X)*d.scale:]
			if d.scale == 1 {
				dst[0] = sample((int32(m.coefs[i*m.kept])*c.quant[0] + 4) >> 3)
				continue
			}
			last := q.dequantise(&b, i)
			b.inverse(dst, c.stride, d.scale, last)
		}
	}
	c.buffer = nil
}

// A dequantiser makes dequantised blocks of a coefBuffer. Coefficients other than 0 whose low bits are missing come
// from the middle of the values that they can have.
type dequantiser struct {
	*coefBuffer
	quant      *[64]int32
	wanted     uint64    // bits 0 to decoder.wanted
	middle     [64]int32 // what to add to the magnitude of each dequantised coefficient, by zigzag index
	roughAdded int16     // what to add to the magnitude of each quantised coefficient in a rough buffer
}

func newDequantiser(m *coefBuffer, quant *[64]int32, wanted int) *dequantiser {
	q := &dequantiser{coefBuffer: m, quant: quant, wanted: uint64(1)<<(wanted+1) - 1}
	if m.rough {
		q.roughAdded = (1<<m.roughAl - 1) / 2
	}
	for k, bits := range m.missingBits {
		q.middle[k] = (quant[k]<<bits - quant[k]) / 2
	}
	return q
}

// dequantise makes b block i. No coefficient with a zigzag index above last is set.
func (q *dequantiser) dequantise(b *block, i int) (last int) {
	coefs := q.coefs[i*q.kept : (i+1)*q.kept]
	*b = zeroBlock
	b.set(0, int32(coefs[0])*q.quant[0])
	if q.nonzero != nil {
		set := q.nonzero[i] & q.wanted
		last = max(63-bits.LeadingZeros64(set|1), 0)
		for ; set != 0; set &= set - 1 {
			k := bits.TrailingZeros64(set)
			v := int32(coefs[k])
			sign := v >> 31
			b.set(zigzagBytes[k&63], v*q.quant[k&63]+(q.middle[k&63]^sign-sign))
		}
	} else if q.rough {
		for k := 1; k < len(coefs); k++ {
			v := coefs[k]
			if v == 0 {
				continue
			}
			sign := v >> 15
			b.set(zigzagBytes[k], int32(v+(q.roughAdded^sign-sign))*q.quant[k])
			last = k
		}
	}
	return last
}
