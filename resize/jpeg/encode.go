package jpeg

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// EncodeOptions are the options of [Encode]. The zero value encodes a baseline file of quality 75.
type EncodeOptions struct {
	// Quality is 1…100, and looks about as good as files of that quality by libjpeg, see package quant; 0 means 75, and
	// other values are clamped.
	Quality int

	// Progressive writes the coefficients in several scans: a few per cent smaller, and slower to decode.
	Progressive bool

	// Thorough takes more time for fewer bytes: it chooses which coefficients are worth theirs, and writes several scans, or
	// for an image of less than SmallPixels pixels one, where that is smaller.
	Thorough bool

	// SharpenChroma makes up for the blur that decoders add to chroma of half size. It is for chroma that was reduced; that
	// of a JPEG in its own size must stay as it is.
	SharpenChroma bool

	// ICC is the ICC profile of the colours, or nil. One of more than 255 APP2 segments, 16 MB, is left out.
	ICC []byte
}

// SmallPixels are so few pixels that a file in several scans, each with tables of its own, may be larger than one in one scan.
const SmallPixels = 1 << 18

// maxSide is the largest width and height that a frame header can have.
const maxSide = 65535

// Encode encodes a raster of the model [Grey] or [YCbCr]; another is [ErrUnsupported]. The image has the size of the
// first plane, at most 65535 × 65535. The two chroma planes have the same size, or half of it, rounded up, in either
// direction or both; another size is an error. Width, Height, X, Y and the steps of the planes are not looked at.
//
// The Huffman tables are the best for the image. There is no JFIF segment: decoders take for granted what it says, and of an icon it
// would be a thirtieth. Encode does not retain r.
func Encode(r *Raster, o EncodeOptions) ([]byte, error) {
	if !o.Thorough {
		return encode(r, o, o.tuning())
	}
	baseline := o
	o.Progressive = true
	body, err := encode(r, o, o.tuning())
	if err != nil || baseline.Progressive || r.Planes[0].W*r.Planes[0].H >= SmallPixels {
		return body, err
	}
	other, err := encode(r, baseline, o.tuning())
	if err == nil && len(other) <= len(body) {
		return other, nil
	}
	return body, err
}

// encode is Encode in a number of scans that is given, and with a tuning.
func encode(r *Raster, o EncodeOptions, t tuning) ([]byte, error) {
	e := encoder{progressive: o.Progressive}
	if err := e.layOut(r); err != nil {
		return nil, err
	}
	if o.Quality == 0 {
		o.Quality = 75
	}
	e.setQuality(o, t)
	e.out = make([]byte, 0, 4<<10+len(o.ICC)+r.Planes[0].W*r.Planes[0].H/6)
	e.out = append(e.out, 0xff, mSOI)
	e.profile(o.ICC)
	e.quantTables()
	e.frame()
	if o.Progressive {
		e.progressiveScans()
	} else {
		e.sequentialScan()
	}
	return append(e.out, 0xff, mEOI), nil
}

// An encoder encodes one image.
type encoder struct {
	width, height int
	mcusX, mcusY  int // of an interleaved scan
	components    []encoderComponent
	steps         quant.Tables // of each component
	progressive   bool
	codes         scanCodes // of the Huffman tables that were written last
	shares        [4]bool   // whether a Huffman table of chroma is that of luma before it
	out           []byte
}

// An encoderComponent is one component of the image.
type encoderComponent struct {
	plane            Plane
	h, v             int // sampling factors
	huffman          int // index of its Huffman tables: 0 is of luma, 1 of chroma
	quantiser        *quantiser
	isChosen         bool    // which of its coefficients are kept
	hasArches        bool    // beyond white and black
	blocksX, blocksY int     // with those that only pad MCUs
	ownX, ownY       int     // without them
	tokens           *tokens // with its DC coefficients, and in a sequential file all others
}

// layOut checks a raster and lays out its components.
func (e *encoder) layOut(r *Raster) error {
	n := 1
	if r.Model == YCbCr {
		n = 3
	} else if r.Model != Grey {
		return unsupported("encoding model %d", r.Model)
	}
	if len(r.Planes) != n {
		return fmt.Errorf("jpeg: %d planes, want %d", len(r.Planes), n)
	}
	luma := r.Planes[0]
	e.width, e.height = luma.W, luma.H
	if e.width < 1 || e.height < 1 || e.width > maxSide || e.height > maxSide {
		return fmt.Errorf("jpeg: can't encode %d × %d", e.width, e.height)
	}
	h, v := 1, 1
	if n == 3 {
		cb, cr := r.Planes[1], r.Planes[2]
		h, v = lumaFactor(luma.W, cb.W), lumaFactor(luma.H, cb.H)
		if h == 0 || v == 0 || cb.W != cr.W || cb.H != cr.H {
			return fmt.Errorf("jpeg: chroma of %d × %d for luma of %d × %d", cb.W, cb.H, luma.W, luma.H)
		}
	}
	e.mcusX, e.mcusY = ceil(e.width, 8*h), ceil(e.height, 8*v)
	e.components = make([]encoderComponent, n)
	for i := range e.components {
		c := &e.components[i]
		c.plane, c.h, c.v = r.Planes[i], 1, 1
		if i == 0 {
			c.h, c.v = h, v
		} else {
			c.huffman = 1
		}
		c.blocksX, c.blocksY = e.mcusX*c.h, e.mcusY*c.v
		c.ownX, c.ownY = ceil(c.plane.W, 8), ceil(c.plane.H, 8)
	}
	return nil
}

// lumaFactor returns the sampling factor of luma in a direction in which it and chroma, whose factor is 1, have these
// numbers of samples; 0 if it is neither 1 nor 2.
func lumaFactor(luma, chroma int) int {
	switch chroma {
	case luma:
		return 1
	case (luma + 1) / 2:
		return 2
	}
	return 0
}

// transform makes s the spectrum of the block in column bx and row by. Beyond the plane, its last column and row are
// repeated.
func (c *encoderComponent) transform(s *spectrum, bx, by int) {
	p := &c.plane
	x0, y0 := 8*bx, 8*by
	if x0+8 <= p.W && y0+8 <= p.H {
		c.transformSamples(s, p.Pix[y0*p.Stride+x0:], p.Stride)
		return
	}
	var pix [64]uint8
	for y := range 8 {
		row := p.Pix[min(y0+y, p.H-1)*p.Stride:]
		for x := range 8 {
			pix[8*y+x] = row[min(x0+x, p.W-1)]
		}
	}
	c.transformSamples(s, pix[:], 8)
}

func (c *encoderComponent) transformSamples(s *spectrum, pix []uint8, stride int) {
	s.fdct(pix, stride)
	if c.hasArches {
		s.addArches(pix, stride)
	}
}

// segmentHeader is the number of bytes of a marker and of the length behind it.
const segmentHeader = 4

// segment writes a marker segment (T.81, B.1.1.4).
func (e *encoder) segment(marker byte, data []byte) {
	e.out = append(e.out, 0xff, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(2+len(data)))
	e.out = append(e.out, data...)
}

// profile writes an ICC profile in as many APP2 segments as it takes (ICC.1, annex B.4).
func (e *encoder) profile(icc []byte) {
	const most = 65_000 // bytes in a segment, which has room for 65,519
	parts := ceil(len(icc), most)
	if parts > 255 {
		return
	}
	for i := range parts {
		data := append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(parts))
		e.segment(mAPP2, append(data, icc[i*most:min((i+1)*most, len(icc))]...))
	}
}

// quantTables writes the quantisation tables in a DQT segment (T.81, B.2.4.1).
func (e *encoder) quantTables() {
	var tables []byte
	for i := range e.components {
		if e.tableOf(i) != i {
			continue
		}
		tables = append(tables, byte(i))
		for _, place := range zigzag {
			tables = append(tables, e.steps[i][place])
		}
	}
	e.segment(mDQT, tables)
}

// frame writes the frame header (T.81, B.2.2).
func (e *encoder) frame() {
	marker := byte(mSOF0)
	if e.progressive {
		marker = mSOF2
	}
	b := []byte{8, byte(e.height >> 8), byte(e.height), byte(e.width >> 8), byte(e.width), byte(len(e.components))}
	for i, c := range e.components {
		b = append(b, byte(i+1), byte(c.h<<4|c.v), byte(e.tableOf(i)))
	}
	e.segment(marker, b)
}

// interleaved returns the indexes of all components.
func (e *encoder) interleaved() []int {
	if len(e.components) == 1 {
		return []int{0}
	}
	return []int{0, 1, 2}
}

// tableOf returns the index of the quantisation table of a component, which is that of the first with the same steps.
func (e *encoder) tableOf(component int) int { return slices.Index(e.steps[:], e.steps[component]) }
