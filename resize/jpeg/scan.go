package jpeg

// maxScans bounds the scans of a file. Encoders write 10 to 20 for a progressive one. An attacker can write any number
// of scans of a few bytes, each of which takes the decoder through all blocks.
const maxScans = 100

// A scan is the decoding of one scan.
type scan struct {
	*bitReader
	components []scanComponent
	band       band
	eobRun     int // progressive: blocks still to come that an EOBn symbol ended (G.1.2.2)
}

// A scanComponent is a component of a scan.
type scanComponent struct {
	*component
	dc        *huffman
	ac        *acHuffman
	predictor int32 // the DC coefficient of the block before, quantised; 0 after a restart
}

// A band is what a scan codes: coefficients ss to se by their zigzag indexes (spectral selection, T.81, G.1.1.1.1),
// with the bits from al up if ah is 0, and else bit al alone (successive approximation, G.1.1.1.2; ah is al+1 then).
type band struct {
	ss, se int
	ah, al uint
}

// scan decodes the scan whose header has these parameters, or skips it.
func (d *decoder) scan(header []byte) error {
	s, err := d.newScan(header)
	switch {
	case err != nil:
		return err
	case d.progressive:
		return d.progressiveScan(s)
	}
	return d.sequentialScan(s)
}

// newScan reads the parameters of a scan header (T.81, B.2.3).
func (d *decoder) newScan(b []byte) (*scan, error) {
	if len(b) < 6 || len(b) != 4+2*int(b[0]) || int(b[0]) > len(d.components) {
		return nil, corrupt("a scan header of %d bytes", len(b))
	}
	if d.scans++; d.scans > maxScans {
		return nil, unsupported("more than %d scans", maxScans)
	}
	if d.bits == nil {
		d.useStandardTables()
		if err := d.allocate(); err != nil {
			return nil, err
		}
	}
	s := &scan{bitReader: d.bits, components: make([]scanComponent, b[0])}
	blocks := 0
	for i := range s.components {
		c, err := d.scanComponent(b[1+2*i], b[2+2*i])
		if err != nil {
			return nil, err
		}
		for _, earlier := range s.components[:i] {
			if earlier.component == c.component {
				return nil, corrupt("a scan with component %d twice", c.id)
			}
		}
		s.components[i] = c
		blocks += c.h * c.v
	}
	if len(s.components) > 1 && blocks > 10 {
		return nil, corrupt("an MCU of %d blocks", blocks)
	}
	b = b[1+2*len(s.components):]
	s.band = band{ss: int(b[0]), se: int(b[1]), ah: uint(b[2] >> 4), al: uint(b[2] & 15)}
	return s, nil
}

// scanComponent returns the component that a scan header selects by its identifier, with the tables of the identifiers
// Td and Ta, four bits each. The first scan of a component fixes its quantisation table.
func (d *decoder) scanComponent(id, tables uint8) (scanComponent, error) {
	var s scanComponent
	for i := range d.components {
		if d.components[i].id == id {
			s.component = &d.components[i]
		}
	}
	if s.component == nil {
		return s, corrupt("a scan of component %d, which the frame does not have", id)
	}
	if tables>>4 > 3 || tables&15 > 3 {
		return s, corrupt("a scan with Huffman tables %#x", tables)
	}
	s.dc, s.ac = d.dc[tables>>4], d.ac[tables&15]
	if s.quant == nil {
		s.quant = d.quantTable[s.quantID]
	}
	if s.quant == nil {
		return s, corrupt("a scan without quantisation table %d", s.quantID)
	}
	return s, nil
}

// A blockFunc decodes the block in column x and row y of a component; false for a code or coefficients that cannot be.
type blockFunc func(s *scan, c *scanComponent, x, y int) bool

// eachBlock calls decode for all blocks of a scan, in the order of the file, with restarts between them. It returns an
// error if decode returns false, a restart marker is missing, or the data ends before the blocks do.
func (d *decoder) eachBlock(s *scan, decode blockFunc) error {
	mcusX, mcusY := d.mcusX, d.mcusY
	if len(s.components) == 1 { // an MCU is one block then, and there is none that pads (A.2.2)
		mcusX, mcusY = ceil(s.components[0].width, 8), ceil(s.components[0].height, 8)
	}
	s.start(d.src, d.at)
	left, restarts := d.restartInterval, 0 // MCUs to the next restart
	for y := range mcusY {
		for x := range mcusX {
			if left == 0 && d.restartInterval > 0 {
				if s.overran() || !s.restart(restarts) {
					return corrupt("a restart is missing")
				}
				s.resetPrediction()
				left = d.restartInterval
				restarts++
			}
			left--
			if !s.fillMCU() {
				return errEarly
			}
			if !s.mcu(x, y, decode) {
				return corrupt("an invalid Huffman code, run or value")
			}
		}
	}
	d.at = nextMarker(d.src, s.at)
	if s.overran() {
		return errEarly
	}
	return nil
}

// resetPrediction forgets what no restart interval takes over from the one before: the DC predictors (T.81, F.2.1.3.1)
// and a run of ended blocks.
func (s *scan) resetPrediction() {
	for i := range s.components {
		s.components[i].predictor = 0
	}
	s.eobRun = 0
}

// mcu calls decode for the blocks of the MCU in column x and row y (T.81, A.2.3).
func (s *scan) mcu(x, y int, decode blockFunc) bool {
	if len(s.components) == 1 {
		return decode(s, &s.components[0], x, y)
	}
	for i := range s.components {
		c := &s.components[i]
		for v := range c.v {
			for h := range c.h {
				if !decode(s, c, x*c.h+h, y*c.v+v) {
					return false
				}
			}
		}
	}
	return true
}

// sequentialScan decodes a scan of a sequential frame, each block of which becomes samples at once.
func (d *decoder) sequentialScan(s *scan) error {
	for i := range s.components {
		c := &s.components[i]
		if c.dc == nil || c.ac == nil {
			return corrupt("a scan without its Huffman tables")
		}
		if c.decoded {
			return corrupt("two scans of one component")
		}
		c.decoded = true
		if d.scale < 8 || !d.crop.Empty() {
			c.ac.needSkips()
		}
	}
	if d.scale == 1 {
		return d.eachBlock(s, (*scan).decodeMean)
	}
	var coefs block
	return d.eachBlock(s, func(s *scan, c *scanComponent, x, y int) bool {
		x, y = x-c.blocks.Min.X, y-c.blocks.Min.Y
		if uint(x) >= uint(c.blocks.Dx()) || uint(y) >= uint(c.blocks.Dy()) {
			return s.readDC(c) && s.skipAC(c.ac, 1, 64) == 0
		}
		last, ok := s.readBlock(c, &coefs, d.wanted)
		if ok {
			coefs.inverse(c.pix[d.scale*(y*c.stride+x):], c.stride, d.scale, last)
		}
		return ok
	})
}

// decodeMean decodes a block to one sample: its mean, which is an eighth of the DC coefficient.
func (s *scan) decodeMean(c *scanComponent, x, y int) bool {
	ok := s.readDC(c)
	x, y = x-c.blocks.Min.X, y-c.blocks.Min.Y
	if uint(x) < uint(c.blocks.Dx()) && uint(y) < uint(c.blocks.Dy()) {
		c.pix[y*c.stride+x] = sample((c.predictor*c.quant[0] + 4) >> 3)
	}
	return ok && s.skipAC(c.ac, 1, 64) == 0
}
