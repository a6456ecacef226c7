package jpeg

// maxScans bounds the scans of a file. Encoders make 10 to 20; a stranger could make any number of some bytes each,
// each of which goes through all blocks.
const maxScans = 100

// A scan is one going through the blocks of some components.
type scan struct {
	*bitReader
	parts []scanPart
	band  band
	run   int // progressive: blocks that end before they begin
}

// A scanPart is a component in a scan.
type scanPart struct {
	*component
	dc         *code
	ac         *acCode
	prediction int32 // of the DC coefficient
}

// A band says which coefficients a scan codes, and which of their bits (T.81, annex G).
type band struct {
	from, to  int  // in the order of the file
	high, low uint // bit that came before, and that this scan brings
}

// scan decodes the scan behind a header, or passes it over.
func (d *decoder) scan(b []byte) error {
	s, err := d.newScan(b)
	switch {
	case err != nil:
		return err
	case d.progressive:
		return d.progressiveScan(s)
	}
	return d.sequentialScan(s)
}

// newScan reads the header of a scan.
func (d *decoder) newScan(b []byte) (*scan, error) {
	if len(b) < 6 || len(b) != 4+2*int(b[0]) || int(b[0]) > len(d.components) {
		return nil, corrupt("a scan header of %d bytes", len(b))
	}
	if d.scans++; d.scans > maxScans {
		return nil, unsupported("more than %d scans", maxScans)
	}
	if d.bits == nil {
		if err := d.allocate(); err != nil {
			return nil, err
		}
	}
	s := &scan{bitReader: d.bits, parts: make([]scanPart, b[0])}
	blocks := 0
	for i := range s.parts {
		if err := d.choose(s.parts[:i+1], b[1+2*i], b[2+2*i]); err != nil {
			return nil, err
		}
		blocks += s.parts[i].h * s.parts[i].v
	}
	if len(s.parts) > 1 && blocks > 10 {
		return nil, corrupt("an MCU of %d blocks", blocks) // B.2.3
	}
	tail := b[1+2*len(s.parts):]
	s.band = band{from: int(tail[0]), to: int(tail[1]), high: uint(tail[2] >> 4), low: uint(tail[2] & 15)}
	return s, nil
}

// choose fills in the last part of a scan.
func (d *decoder) choose(parts []scanPart, id, tables uint8) error {
	last := &parts[len(parts)-1]
	for i := range d.components {
		if d.components[i].id == id {
			last.component = &d.components[i]
		}
	}
	c := last.component
	if c == nil {
		return corrupt("a scan of component %d, which there isn't", id)
	}
	for _, other := range parts[:len(parts)-1] {
		if other.component == c {
			return corrupt("a scan with component %d twice", id)
		}
	}
	if tables>>4 > 3 || tables&15 > 3 {
		return corrupt("a scan with tables %#x", tables)
	}
	last.dc, last.ac = d.dc[tables>>4], d.ac[tables&15]
	if c.table == nil {
		c.table = d.quant[c.quant]
	}
	if c.table == nil {
		return corrupt("a scan without quantisation table %d", c.quant)
	}
	return nil
}

// walk goes through the blocks of a scan in the order of the file, restarting where the file does. A scan whose
// data ends before its blocks do is corrupt.
func (d *decoder) walk(s *scan, block func(s *scan, p *scanPart, x, y int) bool) error {
	mcusX, mcusY := d.mcusX, d.mcusY
	if len(s.parts) == 1 { // one block each, and none that only fills up an MCU (A.2.2)
		mcusX, mcusY = ceil(s.parts[0].width, 8), ceil(s.parts[0].height, 8)
	}
	s.start(d.src, d.at)
	left, restarts := d.interval, 0
	for y := range mcusY {
		for x := range mcusX {
			if left == 0 && d.interval > 0 {
				if s.overran() || !s.restart(restarts) {
					return corrupt("a restart is missing")
				}
				s.reset()
				left = d.interval
				restarts++
			}
			left--
			if !s.more() {
				return errEarly
			}
			if !s.mcu(x, y, block) {
				return corrupt("a code that there isn't")
			}
		}
	}
	d.at = nextMarker(d.src, s.at)
	if s.overran() {
		return errEarly
	}
	return nil
}

// reset forgets what a restart makes forgotten.
func (s *scan) reset() {
	for i := range s.parts {
		s.parts[i].prediction = 0
	}
	s.run = 0
}

func (s *scan) mcu(x, y int, block func(s *scan, p *scanPart, x, y int) bool) bool {
	if len(s.parts) == 1 {
		return block(s, &s.parts[0], x, y)
	}
	for i := range s.parts {
		p := &s.parts[i]
		for v := range p.v {
			for h := range p.h {
				if !block(s, p, x*p.h+h, y*p.v+v) {
					return false
				}
			}
		}
	}
	return true
}

// sequentialScan decodes all of its components.
func (d *decoder) sequentialScan(s *scan) error {
	for i := range s.parts {
		p := &s.parts[i]
		if p.dc == nil || p.ac == nil {
			return corrupt("a scan without its Huffman tables")
		}
		if p.decoded {
			return corrupt("two scans of one component")
		}
		p.decoded = true
		if d.scale < 8 || !d.rect.Empty() {
			p.ac.needSkips()
		}
	}
	if d.scale == 1 {
		return d.walk(s, (*scan).meanBlock)
	}
	var coefs block
	return d.walk(s, func(s *scan, p *scanPart, x, y int) bool {
		x, y = x-p.blocks.Min.X, y-p.blocks.Min.Y
		if uint(x) >= uint(p.blocks.Dx()) || uint(y) >= uint(p.blocks.Dy()) {
			return s.readDC(p) && s.passAC(p.ac, 1, 64) == 0
		}
		last, ok := s.readBlock(p, &coefs, d.wanted)
		if ok {
			coefs.inverse(p.pix[d.scale*(y*p.stride+x):], p.stride, d.scale, last)
		}
		return ok
	})
}

// meanBlock decodes a block to its mean.
func (s *scan) meanBlock(p *scanPart, x, y int) bool {
	ok := s.readDC(p)
	x, y = x-p.blocks.Min.X, y-p.blocks.Min.Y
	if uint(x) < uint(p.blocks.Dx()) && uint(y) < uint(p.blocks.Dy()) {
		p.pix[y*p.stride+x] = sample((p.prediction*p.table[0] + 4) >> 3)
	}
	return ok && s.passAC(p.ac, 1, 64) == 0
}
