package jpeg

import "encoding/binary"

// A decoder decodes one file.
type decoder struct {
	src     []byte
	scale   int
	lenient bool

	width, height int
	progressive   bool
	components    []component
	maxH, maxV    int
	interval      int // MCUs between restarts; 0 is none
	adobe         int // transform of an APP14 segment; -1 is none
	jfif          bool

	quant  [4][64]int32 // in the order of the file
	quants [4]bool
	dc, ac [4]*huffman
	last   int // last coefficient wanted, in the order of the file
	done   bool
	scans  int
	run    int // progressive: blocks that end before they begin

	unstuffed []byte
}

// A component is one plane in the making.
type component struct {
	id         uint8
	h, v       int // sampling factors
	quant      int // table
	w, ht      int // samples at full scale
	blocksX    int // of an interleaved scan
	blocksY    int
	table      [64]int32 // quantisation, taken when the first scan begins
	hasTable   bool
	pix        []uint8
	stride     int
	seen       bool    // a scan of it was decoded
	coefs      []int16 // progressive: of each block, as many as are kept
	dcTab      int
	acTab      int
	prediction int32
}

// Markers of T.81, table B.1.
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT, mDAC          = 0xc4, 0xcc
	mSOI, mEOI, mSOS    = 0xd8, 0xd9, 0xda
	mDQT, mDRI          = 0xdb, 0xdd
	mAPP0, mAPP14       = 0xe0, 0xee
)

func (d *decoder) decode() error {
	d.adobe = -1
	d.last = lastWanted(d.scale)
	if len(d.src) < 4 || d.src[0] != 0xff || d.src[1] != mSOI {
		return corrupt("no start of image")
	}
	for at := 2; !d.done; {
		marker, segment, next, err := d.segment(at)
		if err != nil {
			if d.lenient && d.scans > 0 {
				break
			}
			return err
		}
		if at, err = d.take(marker, segment, next); err != nil {
			return err
		}
	}
	return d.finish()
}

// segment reads the marker at some place, past fill, and the segment behind it.
func (d *decoder) segment(at int) (marker byte, segment []byte, next int, err error) {
	src := d.src
	if at < len(src) && src[at] != 0xff {
		return 0, nil, 0, corrupt("no marker at byte %d", at)
	}
	for at < len(src) && src[at] == 0xff {
		at++
	}
	if at >= len(src) {
		return mEOI, nil, len(src), d.early()
	}
	marker = src[at]
	if marker == mEOI || marker == 0x01 || marker >= 0xd0 && marker <= mSOI {
		return marker, nil, at + 1, nil
	}
	if at+3 > len(src) {
		return 0, nil, 0, corrupt("it ends in a segment")
	}
	next = at + 1 + int(binary.BigEndian.Uint16(src[at+1:]))
	if next < at+3 || next > len(src) {
		return 0, nil, 0, corrupt("a segment of a length that can't be")
	}
	return marker, src[at+3 : next], next, nil
}

// early judges a file that ends without an end of image: a sequential one may, when all its scans are there.
func (d *decoder) early() error {
	if d.lenient && d.scans > 0 {
		return nil
	}
	if d.progressive || d.components == nil {
		return corrupt("it ends early")
	}
	return nil
}

// take takes a segment, and whatever scan follows it, and returns where the next one is.
func (d *decoder) take(marker byte, segment []byte, next int) (int, error) {
	var err error
	switch {
	case marker == mSOF0 || marker == mSOF1 || marker == mSOF2:
		err = d.frame(marker, segment)
	case marker == mDAC, marker >= 0xc0 && marker <= 0xcf && marker != mDHT && marker != 0xc8:
		err = unsupported("a frame of type %#x", marker)
	case marker == mDHT:
		err = d.huffmanTables(segment)
	case marker == mDQT:
		err = d.quantTables(segment)
	case marker == mDRI:
		if len(segment) != 2 {
			return 0, corrupt("a restart interval of %d bytes", len(segment))
		}
		d.interval = int(binary.BigEndian.Uint16(segment))
	case marker == mAPP0:
		d.jfif = d.jfif || len(segment) >= 5 && string(segment[:5]) == "JFIF\x00"
	case marker == mAPP14:
		if len(segment) >= 12 && string(segment[:5]) == "Adobe" {
			d.adobe = int(segment[11])
		}
	case marker == mEOI:
		d.done = true
	case marker == mSOS:
		return d.scan(segment, next)
	}
	return next, err
}

func (d *decoder) frame(marker byte, b []byte) error {
	if d.components != nil {
		return corrupt("two frames")
	}
	if len(b) < 6 || len(b) != 6+3*int(b[5]) {
		return corrupt("a frame header of %d bytes", len(b))
	}
	d.progressive = marker == mSOF2
	d.height, d.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	n := int(b[5])
	switch {
	case b[0] != 8:
		return unsupported("%d bits", b[0])
	case d.height == 0:
		return unsupported("a height that comes after the pixels")
	case d.width == 0:
		return corrupt("no width")
	case n != 1 && n != 3 && n != 4:
		return unsupported("%d components", n)
	}
	d.components = make([]component, n)
	for i := range d.components {
		c := &d.components[i]
		c.id, c.h, c.v, c.quant = b[6+3*i], int(b[7+3*i]>>4), int(b[7+3*i]&15), int(b[8+3*i])
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
			return corrupt("component %d with sampling %d×%d and table %d", i, c.h, c.v, c.quant)
		}
		for _, other := range d.components[:i] {
			if other.id == c.id {
				return corrupt("two components %d", c.id)
			}
		}
		d.maxH, d.maxV = max(d.maxH, c.h), max(d.maxV, c.v)
	}
	if n == 1 { // alone, its factors mean nothing
		d.components[0].h, d.components[0].v, d.maxH, d.maxV = 1, 1, 1, 1
	}
	mcusX, mcusY := ceil(d.width, 8*d.maxH), ceil(d.height, 8*d.maxV)
	for i := range d.components {
		c := &d.components[i]
		c.w, c.ht = ceil(d.width*c.h, d.maxH), ceil(d.height*c.v, d.maxV)
		c.blocksX, c.blocksY = mcusX*c.h, mcusY*c.v
	}
	return nil
}

func ceil(a, b int) int { return (a + b - 1) / b }

// allocate makes room for the planes, once there is a scan to fill them: a header alone costs nothing.
func (d *decoder) allocate() {
	for i := range d.components {
		c := &d.components[i]
		c.stride = c.blocksX * d.scale
		c.pix = make([]uint8, c.stride*c.blocksY*d.scale)
		if d.progressive {
			c.coefs = make([]int16, c.blocksX*c.blocksY*d.kept())
		}
	}
}

func (d *decoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return corrupt("a short Huffman table")
		}
		class, id := b[0]>>4, b[0]&15
		total := 0
		for _, n := range b[1:17] {
			total += int(n)
		}
		if class > 1 || id > 3 || total > 256 || len(b) < 17+total {
			return corrupt("Huffman table %#x of %d symbols", b[0], total)
		}
		h := new(huffman)
		if err := h.build(b[1:17], b[17:17+total], class == 1); err != nil {
			return err
		}
		if class == 0 {
			d.dc[id] = h
		} else {
			d.ac[id] = h
		}
		b = b[17+total:]
	}
	return nil
}

func (d *decoder) quantTables(b []byte) error {
	for len(b) > 0 {
		size, id := 1, b[0]&15
		if b[0]>>4 == 1 {
			size = 2
		}
		if b[0]>>4 > 1 || id > 3 || len(b) < 1+64*size {
			return corrupt("quantisation table %#x", b[0])
		}
		for i := range 64 {
			if size == 1 {
				d.quant[id][i] = int32(b[1+i])
			} else {
				d.quant[id][i] = int32(binary.BigEndian.Uint16(b[1+2*i:]))
			}
		}
		d.quants[id] = true
		b = b[1+64*size:]
	}
	return nil
}

// finish checks that nothing is missing and makes samples of the coefficients of a progressive file.
func (d *decoder) finish() error {
	if d.components == nil || d.scans == 0 {
		return corrupt("no picture in it")
	}
	for i := range d.components {
		c := &d.components[i]
		if !c.seen && !d.lenient {
			return corrupt("no scan of component %d", i)
		}
		if d.progressive && c.seen {
			d.reconstruct(c)
		}
	}
	return nil
}

// picture returns what was decoded.
func (d *decoder) picture() *Picture {
	p := &Picture{Width: d.width, Height: d.height, Model: d.model(), Inverted: d.adobe >= 0}
	for _, c := range d.components {
		p.Planes = append(p.Planes, Plane{
			Pix: c.pix, Stride: c.stride, W: ceil(c.w*d.scale, 8), H: ceil(c.ht*d.scale, 8),
			StepX: 8 * float64(d.maxH) / float64(c.h*d.scale), StepY: 8 * float64(d.maxV) / float64(c.v*d.scale),
		})
	}
	return p
}

// model goes by the Adobe segment, else by JFIF, else by the names of the components, as libjpeg does.
func (d *decoder) model() Model {
	switch len(d.components) {
	case 1:
		return Grey
	case 4:
		if d.adobe > 0 {
			return YCCK
		}
		return CMYK
	}
	ids := string([]byte{d.components[0].id, d.components[1].id, d.components[2].id})
	if !d.jfif && (d.adobe == 0 || d.adobe < 0 && ids == "RGB") {
		return RGB
	}
	return YCbCr
}
