package jpeg

import "slices"

// scan decodes a scan (T.81, B.2.3, F.2 and G.2).
func (r *reference) scan(b []byte) {
	if len(r.components) == 0 || len(b) < 6 || len(b) != 4+2*int(b[0]) || int(b[0]) > len(r.components) {
		refuse("a scan header of %d bytes", len(b))
	}
	if r.scans++; r.scans > maxScans {
		refuse("more than %d scans", maxScans)
	}
	n := int(b[0])
	parts, total := r.parts(b[1 : 1+2*n])
	if n > 1 && total > 10 {
		refuse("an MCU of %d blocks", total)
	}
	from, to, high, low := int(b[1+2*n]), int(b[2+2*n]), int(b[3+2*n]>>4), int(b[3+2*n]&15)
	if !r.progressive {
		from, to, high, low = 0, 63, 0, 0
	} else if from > to || to > 63 || from == 0 && to > 0 || from > 0 && n > 1 || high != 0 && high != low+1 || low > 13 {
		refuse("a scan of coefficients %d to %d, bits %d to %d", from, to, high, low)
	}
	for _, p := range parts {
		if p.dc == nil && from == 0 && high == 0 || p.ac == nil && to > 0 {
			refuse("no Huffman table")
		}
		if p.decoded && !r.progressive {
			refuse("two scans of one component")
		}
		if high != 0 && from > 0 && slices.Max(p.lows[1:]) == 0 {
			refuse("a refinement of nothing")
		}
		p.decoded = p.decoded || from == 0
		if p.coefs == nil {
			p.coefs = make([][64]int, p.across*p.down)
		}
		for k := from; k <= to; k++ {
			p.lows[k] = low + 1
		}
	}
	r.walk(parts, func(p *referencePart, c *[64]int) {
		switch {
		case from == 0 && high > 0:
			c[0] |= r.read(1) << low
		case from == 0:
			p.prediction += r.difference(p.dc)
			c[0] = p.prediction << low
			if !r.progressive {
				r.first(p, c, 1, 63, 0)
			}
		case high > 0:
			r.refine(p, c, from, to, low)
		default:
			r.first(p, c, from, to, low)
		}
	})
}

// parts returns the components of a scan, and how many blocks of them make an MCU.
func (r *reference) parts(b []byte) (parts []*referencePart, total int) {
	for ; len(b) > 0; b = b[2:] {
		p := new(referencePart)
		for _, c := range r.components {
			if c.id == int(b[0]) {
				p.referenceComponent = c
			}
		}
		if p.referenceComponent == nil || b[1]>>4 > 3 || b[1]&15 > 3 {
			refuse("a scan of %v", b[:2])
		}
		for _, other := range parts {
			if other.id == p.id {
				refuse("a scan with component %d twice", p.id)
			}
		}
		p.dc, p.ac = r.codes[0][b[1]>>4], r.codes[1][b[1]&15]
		if p.quant == nil {
			p.quant = r.quant[p.tq]
		}
		if p.quant == nil {
			refuse("no quantisation table %d", p.tq)
		}
		parts = append(parts, p)
		total += p.h * p.v
	}
	return parts, total
}

// walk goes through the blocks of a scan (A.2).
func (r *reference) walk(parts []*referencePart, block func(p *referencePart, c *[64]int)) {
	across, down := ceil(r.w, 8*r.maxH), ceil(r.h, 8*r.maxV)
	if len(parts) == 1 {
		p := parts[0]
		r.partial = r.partial || r.interval > 0 && p.h*p.v > 1
		r.partial = r.partial || min(p.across, ceil(r.w, 8)) != ceil(p.w, 8) || min(p.down, ceil(r.h, 8)) != ceil(p.ht, 8)
		across, down = ceil(p.w, 8), ceil(p.ht, 8)
	}
	r.begin()
	for i := range across * down {
		if r.interval > 0 && i > 0 && i%r.interval == 0 {
			at := r.marker(r.at)
			if at == len(r.src) || int(r.src[at+1]) != 0xd0+(i/r.interval-1)%8 {
				refuse("a restart is missing")
			}
			r.at = at + 2
			r.begin()
			for _, p := range parts {
				p.prediction = 0
			}
		}
		x, y := i%across, i/across
		if len(parts) == 1 {
			block(parts[0], &parts[0].coefs[y*parts[0].across+x])
			continue
		}
		for _, p := range parts {
			for j := range p.h * p.v {
				block(p, &p.coefs[(y*p.v+j/p.h)*p.across+x*p.h+j%p.h])
			}
		}
	}
	r.overrun = r.overrun || r.run > 0
}

// begin takes the stuffing out of the data up to the next marker (B.1.1.5).
func (r *reference) begin() {
	r.data, r.bits, r.run = nil, 0, 0
	end := r.marker(r.at)
	for i := r.at; i < end; i++ {
		if r.src[i] != 0xff {
			r.data = append(r.data, r.src[i])
		} else if i+1 < end && r.src[i+1] == 0 {
			r.data = append(r.data, 0xff)
			i++
		}
	}
	r.at = end
}

func (r *reference) read(n int) (v int) {
	for range n {
		if r.bits == 8*len(r.data) {
			refuse("a scan ends early")
		}
		v = v<<1 | int(r.data[r.bits/8])>>(7-r.bits%8)&1
		r.bits++
	}
	return v
}

func (r *reference) symbol(codes map[referenceCode]int) int {
	c := referenceCode{}
	for c.length < 16 {
		c = referenceCode{c.length + 1, c.bits<<1 | r.read(1)}
		if s, ok := codes[c]; ok {
			return s
		}
	}
	refuse("a code that there isn't")
	return 0
}

// value is EXTEND of RECEIVE.
func (r *reference) value(size int) int {
	v := r.read(size)
	if size > 0 && v < 1<<(size-1) {
		v -= 1<<size - 1
	}
	return v
}

func (r *reference) difference(codes map[referenceCode]int) int {
	size := r.symbol(codes)
	if size > 16 {
		refuse("a difference of %d bits", size)
	}
	return r.value(size)
}

// first decodes coefficients of a block, or the first bits of them.
func (r *reference) first(p *referencePart, c *[64]int, from, to, low int) {
	if r.run > 0 {
		r.run--
		return
	}
	for k := from; k <= to; k++ {
		s := r.symbol(p.ac)
		run, size := s>>4, s&15
		if size == 0 && run < 15 {
			if run > 0 && !r.progressive {
				refuse("a run of blocks in a sequential scan")
			}
			r.run = 1<<run + r.read(run) - 1
			return
		}
		if k += run; k > to {
			refuse("a coefficient beyond the block")
		}
		if size > 0 {
			c[k] = r.value(size) << low
		}
	}
}

// refine decodes one more bit of them (G.1.2.3).
func (r *reference) refine(p *referencePart, c *[64]int, from, to, low int) {
	k := from
	for r.run == 0 && k <= to {
		s := r.symbol(p.ac)
		zeros, size, value := s>>4, s&15, 0
		switch {
		case size > 1:
			refuse("a refinement of %d bits", size)
		case size == 1:
			value = (2*r.read(1) - 1) << low
		case zeros < 15:
			r.run = 1<<zeros + r.read(zeros)
			continue
		}
		for k = r.correct(c, k, to, low); zeros > 0; zeros-- {
			k = r.correct(c, k+1, to, low)
		}
		if k > to {
			refuse("a refinement beyond the block")
		}
		if value != 0 {
			c[k] = value
		}
		k++
	}
	if r.run > 0 {
		r.run--
		for ; k <= to; k++ {
			k = r.correct(c, k, to, low)
		}
	}
}

// correct refines what is not zero up to the next zero, whose place it returns.
func (r *reference) correct(c *[64]int, k, to, low int) int {
	for ; k <= to && c[k] != 0; k++ {
		if r.read(1) == 1 {
			if c[k] > 0 {
				c[k] += 1 << low
			} else {
				c[k] -= 1 << low
			}
		}
	}
	return k
}
