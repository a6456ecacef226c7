package jpeg

import "slices"

// scan decodes a scan with these header parameters (T.81, B.2.3, F.2 and G.2).
func (r *reference) scan(b []byte) {
	if len(r.components) == 0 || len(b) < 6 || len(b) != 4+2*int(b[0]) || int(b[0]) > len(r.components) {
		refuse("a scan header of %d bytes", len(b))
	}
	if r.scans++; r.scans > maxScans {
		refuse("more than %d scans", maxScans)
	}
	if r.scans == 1 {
		r.useStandardTables()
	}
	n := int(b[0])
	components, blocks := r.scanComponents(b[1 : 1+2*n])
	if n > 1 && blocks > 10 {
		refuse("an MCU of %d blocks", blocks)
	}
	bd := r.band(b[1+2*n:], n)
	for _, s := range components {
		r.beginComponent(s, bd)
	}
	r.eachBlock(components, func(s *referenceScanComponent, coefs *[64]int) {
		switch {
		case bd.ss == 0 && bd.ah > 0:
			coefs[0] |= r.read(1) << bd.al
		case bd.ss == 0:
			s.predictor += r.difference(s.dc)
			coefs[0] = s.predictor << bd.al
			if !r.progressive {
				r.first(s, coefs, band{ss: 1, se: 63})
			}
		case bd.ah > 0:
			r.refine(s, coefs, bd)
		default:
			r.first(s, coefs, bd)
		}
	})
}

// useStandardTables defines the tables of a sequential file that has none. TestStandardHuffmanTables compares them with
// those that image/jpeg writes.
func (r *reference) useStandardTables() {
	for _, codes := range slices.Concat(r.codes[0][:], r.codes[1][:]) {
		if r.progressive || codes != nil {
			return
		}
	}
	for i := range 2 {
		for class, table := range []*huffman{standardDC()[i], standardAC()[i]} {
			r.codes[class][i] = make(map[referenceCode]int)
			for _, c := range table.codes {
				r.codes[class][i][referenceCode{int(c.n), int(c.bits)}] = int(c.symbol)
			}
		}
	}
}

// band returns the last parameters of a scan header with n components.
func (r *reference) band(b []byte, n int) band {
	if !r.progressive {
		return band{ss: 0, se: 63}
	}
	bd := band{ss: int(b[0]), se: int(b[1]), ah: uint(b[2] >> 4), al: uint(b[2] & 15)}
	if bd.ss > bd.se || bd.se > 63 || bd.ss == 0 && bd.se > 0 || bd.ss > 0 && n > 1 ||
		bd.ah != 0 && bd.ah != bd.al+1 || bd.al > 13 {
		refuse("a scan of %+v", bd)
	}
	return bd
}

// beginComponent checks that a scan may have a component.
func (r *reference) beginComponent(s *referenceScanComponent, b band) {
	if s.dc == nil && b.ss == 0 && b.ah == 0 || s.ac == nil && b.se > 0 {
		refuse("no Huffman table")
	}
	if s.decoded && !r.progressive {
		refuse("two scans of one component")
	}
	if b.ah != 0 && b.ss > 0 && slices.Max(s.alPlus1[1:]) == 0 {
		refuse("a refinement of nothing")
	}
	s.decoded = s.decoded || b.ss == 0
	if s.coefs == nil {
		s.coefs = make([][64]int, s.across*s.down)
	}
	for k := b.ss; k <= b.se; k++ {
		s.alPlus1[k] = int(b.al) + 1
	}
}

// scanComponents returns the components of a scan and the number of their blocks in an MCU.
func (r *reference) scanComponents(b []byte) (components []*referenceScanComponent, blocks int) {
	for ; len(b) > 0; b = b[2:] {
		s := new(referenceScanComponent)
		for _, c := range r.components {
			if c.id == int(b[0]) {
				s.referenceComponent = c
			}
		}
		if s.referenceComponent == nil || b[1]>>4 > 3 || b[1]&15 > 3 {
			refuse("a scan of %v", b[:2])
		}
		for _, earlier := range components {
			if earlier.id == s.id {
				refuse("a scan with component %d twice", s.id)
			}
		}
		s.dc, s.ac = r.codes[0][b[1]>>4], r.codes[1][b[1]&15]
		if s.quant == nil {
			s.quant = r.quant[s.tq]
		}
		if s.quant == nil {
			refuse("no quantisation table %d", s.tq)
		}
		components = append(components, s)
		blocks += s.h * s.v
	}
	return components, blocks
}

// eachBlock calls decode for the blocks of a scan (A.2).
func (r *reference) eachBlock(
	components []*referenceScanComponent, decode func(s *referenceScanComponent, coefs *[64]int),
) {
	across, down := ceil(r.w, 8*r.maxH), ceil(r.h, 8*r.maxV)
	if len(components) == 1 {
		s := components[0]
		r.noteUnlikeMCUs(s)
		across, down = ceil(s.w, 8), ceil(s.ht, 8)
	}
	r.readData()
	for i := range across * down {
		if r.interval > 0 && i > 0 && i%r.interval == 0 {
			at := r.marker(r.at)
			if at == len(r.src) || int(r.src[at+1]) != 0xd0+(i/r.interval-1)%8 {
				refuse("a restart is missing")
			}
			r.at = at + 2
			r.readData()
			for _, s := range components {
				s.predictor = 0
			}
		}
		x, y := i%across, i/across
		for _, s := range components {
			if len(components) == 1 {
				decode(s, &s.coefs[y*s.across+x])
				continue
			}
			for j := range s.h * s.v {
				decode(s, &s.coefs[(y*s.v+j/s.h)*s.across+x*s.h+j%s.h])
			}
		}
	}
	r.overrun = r.overrun || r.eobRun > 0
}

// noteUnlikeMCUs sets unlikeMCUs if it applies to a scan of one component.
func (r *reference) noteUnlikeMCUs(s *referenceScanComponent) {
	if r.interval > 0 && s.h*s.v > 1 ||
		min(s.across, ceil(r.w, 8)) != ceil(s.w, 8) || min(s.down, ceil(r.h, 8)) != ceil(s.ht, 8) {
		r.unlikeMCUs = true
	}
}

// readData begins a restart interval: data is what is before the next marker, without stuffing (B.1.1.5).
func (r *reference) readData() {
	r.data, r.bits, r.eobRun = nil, 0, 0
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

// read returns the next n bits.
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

// symbol is DECODE (F.2.2.3).
func (r *reference) symbol(codes map[referenceCode]int) int {
	c := referenceCode{}
	for c.length < 16 {
		c = referenceCode{c.length + 1, c.bits<<1 | r.read(1)}
		if s, ok := codes[c]; ok {
			return s
		}
	}
	refuse("no such code")
	return 0
}

// value is EXTEND of RECEIVE (F.2.2.1).
func (r *reference) value(size int) int {
	v := r.read(size)
	if size > 0 && v < 1<<(size-1) {
		v -= 1<<size - 1
	}
	return v
}

// difference returns DIFF (F.2.2.1).
func (r *reference) difference(codes map[referenceCode]int) int {
	size := r.symbol(codes)
	if size > 16 {
		refuse("a difference of %d bits", size)
	}
	return r.value(size)
}

// first decodes AC coefficients of a block (F.2.2.2), or the first scan of them (G.1.2.2).
func (r *reference) first(s *referenceScanComponent, coefs *[64]int, b band) {
	if r.eobRun > 0 {
		r.eobRun--
		return
	}
	for k := b.ss; k <= b.se; k++ {
		symbol := r.symbol(s.ac)
		run, size := symbol>>4, symbol&15
		if size == 0 && run < 15 {
			if run > 0 && !r.progressive {
				refuse("a run of blocks in a sequential scan")
			}
			r.eobRun = 1<<run + r.read(run) - 1
			return
		}
		if k += run; k > b.se {
			refuse("a coefficient beyond the block")
		}
		if size > 0 {
			coefs[k] = r.value(size) << b.al
		}
	}
}

// refine decodes bit al of AC coefficients (G.1.2.3).
func (r *reference) refine(s *referenceScanComponent, coefs *[64]int, b band) {
	k := b.ss
	for r.eobRun == 0 && k <= b.se {
		symbol := r.symbol(s.ac)
		zeros, size, value := symbol>>4, symbol&15, 0
		switch {
		case size > 1:
			refuse("a refinement of %d bits", size)
		case size == 1:
			value = (2*r.read(1) - 1) << b.al
		case zeros < 15:
			r.eobRun = 1<<zeros + r.read(zeros)
			continue
		}
		for k = r.correct(coefs, k, b); zeros > 0; zeros-- {
			k = r.correct(coefs, k+1, b)
		}
		if k > b.se {
			refuse("a refinement beyond the block")
		}
		if value != 0 {
			coefs[k] = value
		}
		k++
	}
	if r.eobRun > 0 {
		r.eobRun--
		for ; k <= b.se; k++ {
			k = r.correct(coefs, k, b)
		}
	}
}

// correct reads a correction bit for each coefficient from k up to the next that is 0, whose index it returns.
func (r *reference) correct(coefs *[64]int, k int, b band) int {
	for ; k <= b.se && coefs[k] != 0; k++ {
		if r.read(1) == 1 {
			if coefs[k] > 0 {
				coefs[k] += 1 << b.al
			} else {
				coefs[k] -= 1 << b.al
			}
		}
	}
	return k
}
