package jpeg

import (
	"encoding/binary"
	"fmt"
)

// EncodeOptions say how to encode.
type EncodeOptions struct {
	Quality     int    // 1…100, as in libjpeg; 0 is 75
	Progressive bool   // several scans: a few per cent smaller, and slower to decode
	ICC         []byte // profile of the colours; nil is none
}

// maxSide is the largest side that a file can tell.
const maxSide = 65535

// Encode encodes a Grey or YCbCr picture. The planes of the second are chroma of the first's size, or of half of
// it, rounded up, in either direction; steps are not looked at. Huffman tables are made for the picture.
func Encode(p *Picture, o EncodeOptions) ([]byte, error) {
	e := encoder{progressive: o.Progressive}
	if err := e.layOut(p); err != nil {
		return nil, err
	}
	if o.Quality == 0 {
		o.Quality = 75
	}
	e.quantise(o.Quality)
	e.out = make([]byte, 0, 4<<10+len(o.ICC)+p.Planes[0].W*p.Planes[0].H/6)
	e.out = append(e.out, 0xff, mSOI)
	e.segment(mAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	e.profile(o.ICC)
	e.tables()
	e.frame()
	if o.Progressive {
		e.progressiveScans()
	} else {
		e.sequentialScan()
	}
	return append(e.out, 0xff, mEOI), nil
}

// An encoder encodes one picture.
type encoder struct {
	width, height int
	mcusX, mcusY  int
	components    []part
	quant         [2][64]uint8 // in the order of the file; the second is for chroma
	quantisers    [2]*quantiser
	progressive   bool
	out           []byte
}

// A part is one component.
type part struct {
	plane            Plane
	h, v             int // sampling factors
	quant            int
	blocksX, blocksY int     // with those that only fill up an MCU
	ownX, ownY       int     // without them
	tokens           *tokens // of its means, and in a sequential file of all else
}

func (e *encoder) layOut(p *Picture) error {
	n := 1
	if p.Model == YCbCr {
		n = 3
	} else if p.Model != Grey {
		return unsupported("encoding model %d", p.Model)
	}
	if len(p.Planes) != n {
		return fmt.Errorf("jpeg: %d planes, want %d", len(p.Planes), n)
	}
	luma := p.Planes[0]
	e.width, e.height = luma.W, luma.H
	if e.width < 1 || e.height < 1 || e.width > maxSide || e.height > maxSide {
		return fmt.Errorf("jpeg: can't encode %d × %d", e.width, e.height)
	}
	h, v := 1, 1
	if n == 3 {
		h, v = factor(luma.W, p.Planes[1].W), factor(luma.H, p.Planes[1].H)
		if h == 0 || v == 0 || p.Planes[1].W != p.Planes[2].W || p.Planes[1].H != p.Planes[2].H {
			return fmt.Errorf("jpeg: chroma of %d × %d for luma of %d × %d", p.Planes[1].W, p.Planes[1].H, luma.W, luma.H)
		}
	}
	e.mcusX, e.mcusY = ceil(e.width, 8*h), ceil(e.height, 8*v)
	e.components = make([]part, n)
	for i := range e.components {
		c := &e.components[i]
		c.plane, c.h, c.v = p.Planes[i], 1, 1
		if i == 0 {
			c.h, c.v = h, v
		} else {
			c.quant = 1
		}
		c.blocksX, c.blocksY = e.mcusX*c.h, e.mcusY*c.v
		c.ownX, c.ownY = ceil(c.plane.W, 8), ceil(c.plane.H, 8)
	}
	return nil
}

// factor returns how many samples of luma a sample of chroma stands for; 0 is neither one nor two.
func factor(luma, chroma int) int {
	switch chroma {
	case luma:
		return 1
	case (luma + 1) / 2:
		return 2
	}
	return 0
}

// Quantisation tables of T.81, annex K.1, row by row.
var baseTables = [2][64]uint8{
	{
		16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
		14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
		18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
		49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
	},
	{
		17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
		24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
		99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	},
}

// quantise scales the tables to a quality as libjpeg does.
func (e *encoder) quantise(quality int) {
	quality = min(max(quality, 1), 100)
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	for t := range e.quant {
		for k := range 64 {
			q := min(max((int(baseTables[t][zigzag[k]])*scale+50)/100, 1), 255)
			e.quant[t][k] = uint8(q)
		}
		e.quantisers[t] = newQuantiser(&e.quant[t])
	}
}

// spectrum transforms a block; beyond the picture its last row and column go on.
func (c *part) spectrum(s *spectrum, bx, by int) {
	p := &c.plane
	x0, y0 := 8*bx, 8*by
	if x0+8 <= p.W && y0+8 <= p.H {
		s.fdct(p.Pix[y0*p.Stride+x0:], p.Stride)
		return
	}
	var pix [64]uint8
	for y := range 8 {
		row := p.Pix[min(y0+y, p.H-1)*p.Stride:]
		for x := range 8 {
			pix[8*y+x] = row[min(x0+x, p.W-1)]
		}
	}
	s.fdct(pix[:], 8)
}

func (e *encoder) segment(marker byte, data []byte) {
	e.out = append(e.out, 0xff, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(2+len(data)))
	e.out = append(e.out, data...)
}

// profile writes an ICC profile in as many segments as it takes (ICC.1, annex B.4).
func (e *encoder) profile(icc []byte) {
	const most = 65_000
	parts := ceil(len(icc), most)
	if parts > 255 {
		return // 16 MB: no profile
	}
	for i := range parts {
		data := append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(parts))
		e.segment(0xe2, append(data, icc[i*most:min((i+1)*most, len(icc))]...))
	}
}

func (e *encoder) tables() {
	for t := range min(2, len(e.components)) {
		e.segment(mDQT, append([]byte{byte(t)}, e.quant[t][:]...))
	}
}

func (e *encoder) frame() {
	marker := byte(mSOF0)
	if e.progressive {
		marker = mSOF2
	}
	b := []byte{8, byte(e.height >> 8), byte(e.height), byte(e.width >> 8), byte(e.width), byte(len(e.components))}
	for i, c := range e.components {
		b = append(b, byte(i+1), byte(c.h<<4|c.v), byte(c.quant))
	}
	e.segment(marker, b)
}

func (e *encoder) all() []int {
	if len(e.components) == 1 {
		return []int{0}
	}
	return []int{0, 1, 2}
}
