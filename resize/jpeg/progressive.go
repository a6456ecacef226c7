package jpeg

// A band says which coefficients a progressive scan codes, and which of their bits (T.81, annex G).
type band struct {
	from, to  int  // in the order of the file
	high, low uint // bit that came before, and that this scan brings
}

// kept returns how many coefficients of each block are kept. At an eighth that is the mean alone, and at a quarter
// the four next ones; beyond that refinements need to know all that came before.
func (d *decoder) kept() int {
	switch d.scale {
	case 1:
		return 1
	case 2:
		return 5
	}
	return 64
}

// wants tells whether a scan brings anything that will be seen. Below a half, what the refinements of AC
// coefficients bring is too little to be seen, and reading them needs all the others.
func (d *decoder) wants(b band) bool {
	switch {
	case b.from == 0:
		return true
	case d.scale > 2:
		return b.from <= d.last
	}
	return b.from < d.kept() && b.high == 0
}

func (d *decoder) progressiveScan(parts []*component, b band, at int) (int, error) {
	switch {
	case b.from > b.to || b.to > 63 || b.from == 0 && b.to != 0 || b.from != 0 && len(parts) != 1,
		b.high != 0 && b.high != b.low+1, b.low > 13:
		return 0, corrupt("a scan of coefficients %d to %d, bits %d to %d", b.from, b.to, b.high, b.low)
	}
	for _, c := range parts {
		if b.from == 0 && b.high == 0 && d.dc[c.dcTab] == nil || b.from > 0 && d.ac[c.acTab] == nil {
			return 0, corrupt("a scan without its Huffman tables")
		}
	}
	if b.from == 0 {
		for _, c := range parts {
			c.seen = true
		}
	}
	if !d.wants(b) {
		return d.pass(at), nil
	}
	kept := d.kept()
	return d.walk(parts, at, func(bits *bitReader, c *component, x, y int) bool {
		i := (y*c.blocksX + x) * kept
		coefs := c.coefs[i : i+kept]
		switch {
		case b.from == 0 && b.high == 0:
			return firstDC(bits, d.dc[c.dcTab], c, coefs, b)
		case b.from == 0:
			return refineDC(bits, coefs, b)
		case b.high == 0:
			return d.firstAC(bits, d.ac[c.acTab], coefs, b)
		}
		return d.refineAC(bits, d.ac[c.acTab], coefs, b)
	})
}

func firstDC(bits *bitReader, dc *huffman, c *component, coefs []int16, b band) bool {
	if bits.n < 32 {
		bits.refill()
	}
	difference, ok := readDC(bits, dc)
	c.prediction += difference
	coefs[0] = int16(c.prediction << b.low)
	return ok
}

func refineDC(bits *bitReader, coefs []int16, b band) bool {
	if bits.n < 1 {
		bits.refill()
	}
	if bits.bits(1) != 0 {
		coefs[0] |= 1 << b.low
	}
	return true
}

// firstAC decodes the first bits of a band. A run of blocks without any ends in d.run.
func (d *decoder) firstAC(bits *bitReader, ac *huffman, coefs []int16, b band) bool {
	if d.run > 0 {
		d.run--
		return true
	}
	for k := b.from; k <= b.to; k++ {
		if bits.n < 32 {
			bits.refill()
		}
		symbol, ok := ac.symbol(bits)
		if !ok {
			return false
		}
		run, size := int(symbol>>4), uint(symbol&15)
		if size == 0 {
			if run < 15 {
				d.run = readRun(bits, uint(run)) - 1
				return true
			}
			if k += 15; k > b.to {
				return false // a run beyond the band
			}
			continue
		}
		if k += run; k > b.to {
			return false
		}
		v := extend(bits.bits(size), size) << b.low
		if k < len(coefs) {
			coefs[k] = int16(v)
		}
	}
	return true
}

// readRun reads how many blocks end here: 2ⁿ and n bits more.
func readRun(bits *bitReader, n uint) int {
	if n == 0 {
		return 1
	}
	if bits.n < 16 {
		bits.refill()
	}
	return 1<<n + int(bits.bits(n))
}

// refineAC brings one more bit to the coefficients of a band that are known, and the first bit to others
// (T.81, G.1.2.3).
func (d *decoder) refineAC(bits *bitReader, ac *huffman, coefs []int16, b band) bool {
	bit := int16(1) << b.low
	k := b.from
	if d.run == 0 {
		for ; k <= b.to; k++ {
			if bits.n < 32 {
				bits.refill()
			}
			symbol, ok := ac.symbol(bits)
			if !ok {
				return false
			}
			run, size := int(symbol>>4), symbol&15
			value := int16(0)
			switch {
			case size == 1:
				if value = bit; bits.bits(1) == 0 {
					value = -bit
				}
			case size != 0:
				return false
			case run < 15:
				d.run = readRun(bits, uint(run))
			}
			if d.run > 0 {
				break
			}
			k = refineKnown(bits, coefs, k, b.to, run, bit)
			if k > b.to {
				break
			}
			if value != 0 {
				coefs[k] = value
			}
		}
	}
	if d.run > 0 {
		d.run--
		refineKnown(bits, coefs, k, b.to, -1, bit)
	}
	return true
}

// refineKnown brings one bit to known coefficients from k on, until so many unknown ones were passed and the next
// is found; −1 is all to the end.
func refineKnown(bits *bitReader, coefs []int16, k, to, unknown int, bit int16) int {
	for ; k <= to; k++ {
		if coefs[k] == 0 {
			if unknown == 0 {
				return k
			}
			unknown--
			continue
		}
		if bits.n < 1 {
			bits.refill()
		}
		if bits.bits(1) == 0 || coefs[k]&bit != 0 {
			continue
		}
		if coefs[k] > 0 {
			coefs[k] += bit
		} else {
			coefs[k] -= bit
		}
	}
	return k
}

// reconstruct makes the samples of a component when all scans were read.
func (d *decoder) reconstruct(c *component) {
	kept := d.kept()
	wanted := min(kept-1, d.last)
	for y := range c.blocksY {
		for x := range c.blocksX {
			i := (y*c.blocksX + x) * kept
			var coefs [64]int32
			last := 0
			for k, v := range c.coefs[i : i+wanted+1] {
				if v != 0 {
					coefs[zigzag[k]] = int32(v) * c.table[k]
					last = k
				}
			}
			transform(c.pix[y*d.scale*c.stride+x*d.scale:], c.stride, &coefs, d.scale, last)
		}
	}
	c.coefs = nil
}
