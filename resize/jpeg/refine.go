package jpeg

import "math/bits"

// refineAC brings one more bit to the coefficients of a band that are known, and the first bit to others
// (T.81, G.1.2.3).
func (s *scan) refineAC(p *scanPart, x, y int) bool {
	m := p.memory
	i := y*m.blocksX + x
	coefs, known := m.coefs[i*m.kept:(i+1)*m.kept], m.known[i]
	k, end := uint(s.band.from), uint(s.band.to)+1
	for s.run == 0 && k < end {
		if s.n < 32 {
			s.refill()
		}
		symbol, n := p.ac.look(s.acc)
		if n == 0 || symbol&15 > 1 {
			return false
		}
		s.skip(n)
		value, zeros := int16(0), int(symbol>>4)
		if symbol&15 == 1 {
			value = (int16(s.acc>>63)*2 - 1) << s.band.low
			s.skip(1)
		} else if zeros < 15 {
			s.run = s.blockRun(uint(zeros))
			break
		}
		free := ^known & span(k, end) // the place behind so many zeros
		for range zeros {
			free &= free - 1
		}
		if free == 0 {
			return false
		}
		at := uint(bits.TrailingZeros64(free))
		s.correct(coefs, known&span(k, at))
		if value != 0 {
			known |= 1 << at
			if at < uint(len(coefs)) {
				coefs[at] = value
			}
		}
		k = at + 1
	}
	if s.run > 0 {
		s.run--
		s.correct(coefs, m.known[i]&span(k, end))
	}
	m.known[i] = known
	return true
}

// span returns the bits from one to the one before end; end is at most 64.
func span(from, end uint) uint64 { return 1<<end - 1<<from }

// correct reads a bit for each coefficient of a set, and only passes over those that are not kept.
func (s *scan) correct(coefs []int16, set uint64) {
	acc, n := s.acc, s.n
	step := int16(1) << s.band.low
	for set != 0 {
		if n < 1 {
			s.acc, s.n = acc, n
			s.refill()
			acc, n = s.acc, s.n
		}
		at := bits.TrailingZeros64(set)
		if at >= len(coefs) {
			break
		}
		set &= set - 1
		v := coefs[at]
		sign := v >> 15
		coefs[at] = v + (step^sign-sign)&int16(int64(acc)>>63)
		acc <<= 1
		n--
	}
	s.acc, s.n = acc, n
	for left := uint(bits.OnesCount64(set)); left > 0; {
		if s.n < 1 {
			s.refill()
		}
		some := min(left, s.n)
		s.acc <<= some
		s.n -= some
		left -= some
	}
}

// reconstruct makes the samples of a component when all scans were read.
func (d *decoder) reconstruct(c *component) {
	m := c.memory
	wanted := uint64(1)<<(d.wanted+1) - 1
	half := int16(0)
	if m.rough {
		half = (1<<m.low - 1) / 2 // nearer to what the missing bits say than their being zero
	}
	var more [64]int32 // to coefficients that are not zero, for the bits that are missing
	for k, bits := range m.missing {
		more[k] = (c.table[k]<<bits - c.table[k]) / 2
	}
	for y := c.blocks.Min.Y; y < c.blocks.Max.Y; y++ {
		row := c.pix[(y-c.blocks.Min.Y)*d.scale*c.stride:]
		for x := c.blocks.Min.X; x < c.blocks.Max.X; x++ {
			i := y*m.blocksX + x
			coefs := m.coefs[i*m.kept : (i+1)*m.kept]
			dst := row[(x-c.blocks.Min.X)*d.scale:]
			if d.scale == 1 {
				dst[0] = sample((int32(coefs[0])*c.table[0] + 4) >> 3)
				continue
			}
			b := blank
			b.set(0, int32(coefs[0])*c.table[0])
			last := 0
			if m.known != nil {
				set := m.known[i] & wanted
				last = max(63-bits.LeadingZeros64(set|1), 0)
				for ; set != 0; set &= set - 1 {
					k := bits.TrailingZeros64(set)
					v := int32(coefs[k])
					sign := v >> 31
					b.set(places[k&63], v*c.table[k&63]+(more[k&63]^sign-sign))
				}
			} else if m.rough {
				for k := 1; k < len(coefs); k++ {
					v := coefs[k]
					if v == 0 {
						continue
					}
					sign := v >> 15
					b.set(places[k], int32(v+(half^sign-sign))*c.table[k])
					last = k
				}
			}
			b.inverse(dst, c.stride, d.scale, last)
		}
	}
	c.memory = nil
}
