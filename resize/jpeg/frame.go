package jpeg

import "encoding/binary"

// adobeNone is decoder.adobe of a file without an Adobe segment.
const adobeNone = -1

// frame reads the parameters of a frame header (T.81, B.2.2).
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
		return unsupported("samples of %d bits", b[0])
	case d.height == 0: // a DNL segment behind the first scan is to bring it (B.2.5)
		return unsupported("a height that comes after the first scan")
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
	if n == 1 { // never interleaved, so its sampling factors have no meaning (A.2.2)
		d.components[0].h, d.components[0].v, d.maxH, d.maxV = 1, 1, 1, 1
	}
	d.mcusX, d.mcusY = ceil(d.width, 8*d.maxH), ceil(d.height, 8*d.maxV)
	for i := range d.components {
		c := &d.components[i]
		c.width, c.height = ceil(d.width*c.h, d.maxH), ceil(d.height*c.v, d.maxV) // A.1.1
	}
	return nil
}

// component reads component i of a frame header, whose parameters b begins with.
func (d *decoder) component(i int, b []byte) error {
	c := &d.components[i]
	c.id, c.h, c.v, c.quantID = b[0], int(b[1]>>4), int(b[1]&15), int(b[2])
	if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quantID > 3 {
		return corrupt("component %d with sampling factors %d×%d and quantisation table %d", i, c.h, c.v, c.quantID)
	}
	for _, earlier := range d.components[:i] {
		if earlier.id == c.id {
			return corrupt("two components %d", c.id)
		}
	}
	d.maxH, d.maxV = max(d.maxH, c.h), max(d.maxV, c.v)
	return nil
}

// model returns the colour model. T.81 has no word on it; as in libjpeg, a JFIF segment decides, else the transform of
// an Adobe segment, else the identifiers of the components.
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

// ceil returns a/b, rounded up, for a ≥ 0.
func ceil(a, b int) int { return (a + b - 1) / b }
