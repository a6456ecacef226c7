package jpeg

import "encoding/binary"

// A Header is what a file says of itself before its first scan.
type Header struct {
	Width, Height int // pixels
	Model         Model
	Inverted      bool // see Picture
	Components    int  // planes
	Progressive   bool
}

// DecodeHeader reads a file up to its first scan. It looks at no pixel, and at no table; it takes memory for
// nothing. The error matches [ErrCorrupt] or [ErrUnsupported], as that of [Decode] would.
func DecodeHeader(src []byte) (Header, error) {
	d := decoder{segments: segments{src: src}, headerOnly: true}
	if err := d.decode(); err != nil {
		return Header{}, err
	}
	return Header{
		Width: d.width, Height: d.height, Model: d.model(), Inverted: d.adobe != adobeNone,
		Components: len(d.components), Progressive: d.progressive,
	}, nil
}

// Markers of T.81, table B.1.
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT                = 0xc4
	mSOI, mEOI, mSOS    = 0xd8, 0xd9, 0xda
	mDQT, mDRI          = 0xdb, 0xdd
	mAPP0, mAPP14, mCOM = 0xe0, 0xee, 0xfe
)

func isRestart(marker byte) bool { return marker >= 0xd0 && marker <= 0xd7 }

// segments goes from one marker segment of a file to the next.
type segments struct {
	src []byte
	at  int
}

// next returns the next marker and the segment behind it. It passes over fill, restarts that come too late, and
// what else is between segments, as everybody does. The end of the file is as good as an end of image.
func (s *segments) next() (marker byte, segment []byte, err error) {
	for {
		if s.at = nextMarker(s.src, s.at); s.at == len(s.src) {
			return mEOI, nil, errEarly
		}
		marker = s.src[s.at+1]
		s.at += 2
		if isRestart(marker) || marker == 0x01 {
			continue
		}
		if marker == mEOI || marker == mSOI {
			return marker, nil, nil
		}
		break
	}
	rest := s.src[s.at:]
	if len(rest) < 2 {
		return 0, nil, errEarly
	}
	n := int(binary.BigEndian.Uint16(rest))
	if n < 2 {
		return 0, nil, corrupt("a segment of %d bytes", n)
	}
	if n > len(rest) {
		return 0, nil, errEarly
	}
	s.at += n
	return marker, rest[2:n], nil
}

// adobeNone is the transform of a file without an Adobe segment.
const adobeNone = -1

// frame takes a frame header (T.81, B.2.2).
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
		if err := d.component(i, b[6+3*i:]); err != nil {
			return err
		}
	}
	if n == 1 { // alone, its factors mean nothing (A.2.2)
		d.components[0].h, d.components[0].v, d.maxH, d.maxV = 1, 1, 1, 1
	}
	d.mcusX, d.mcusY = ceil(d.width, 8*d.maxH), ceil(d.height, 8*d.maxV)
	for i := range d.components {
		c := &d.components[i]
		c.width, c.height = ceil(d.width*c.h, d.maxH), ceil(d.height*c.v, d.maxV)
	}
	return nil
}

func (d *decoder) component(i int, b []byte) error {
	c := &d.components[i]
	c.id, c.h, c.v, c.quant = b[0], int(b[1]>>4), int(b[1]&15), int(b[2])
	if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quant > 3 {
		return corrupt("component %d with sampling %d×%d and table %d", i, c.h, c.v, c.quant)
	}
	for _, other := range d.components[:i] {
		if other.id == c.id {
			return corrupt("two components %d", c.id)
		}
	}
	d.maxH, d.maxV = max(d.maxH, c.h), max(d.maxV, c.v)
	return nil
}

// model goes by JFIF, else by the Adobe segment, else by the names of the components, as libjpeg does.
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
	if !d.jfif && (d.adobe == 0 || d.adobe == adobeNone && ids == "RGB") {
		return RGB
	}
	return YCbCr
}

func ceil(a, b int) int { return (a + b - 1) / b }
