package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
)

// A decoder decodes one file.
type decoder struct {
	segments
	scale      int             // N of N/8
	crop       image.Rectangle // that is wanted, in pixels at full scale; empty is all of the image
	lenient    bool
	everyScan  bool // decode progressive scans that could be skipped; takes a scale of at least everyScanScale
	components []component

	// Of the frame header.
	width, height int // pixels
	progressive   bool
	maxH, maxV    int // largest sampling factors of the components
	mcusX, mcusY  int // MCUs of an interleaved scan

	adobe int  // colour transform of the Adobe segment, or adobeNone
	jfif  bool // there is a JFIF segment

	// Tables by their identifiers, as defined so far; nil where there is none.
	quantTable [4]*[64]int32 // in zigzag order
	dc         [4]*huffman
	ac         [4]*acHuffman

	restartInterval int // MCUs; 0 for no restarts
	scans           int // that were begun
	skippedScan     bool

	mcuCrop image.Rectangle // the MCUs of an interleaved scan that crop touches
	wanted  int             // highest zigzag index of a coefficient that the scale needs
	bits    *bitReader      // made for the first scan
}

// A component is one component of the image, and its plane while that is filled.
type component struct {
	id            uint8
	h, v          int // sampling factors
	width, height int // samples at full scale
	quantID       int
	quant         *[64]int32 // quantisation table, in zigzag order, as defined when its first scan began
	decoded       bool       // there was a scan with its DC coefficients

	blocks image.Rectangle // the blocks that mcuCrop covers
	pix    []uint8         // samples of these blocks
	stride int             // of pix

	// Of a progressive file.
	buffer  *coefBuffer
	alPlus1 [64]uint8 // Al of the latest scan of each coefficient, plus 1; 0 if there was none, so 1 if it is complete
}

// errEarly is the error of a file, segment or scan that ends before it is complete.
var errEarly = corrupt("it ends early")

// decode reads the file. After an error, what came before it is decoded.
func (d *decoder) decode() error {
	for {
		header, err := d.nextScan()
		if err != nil || header == nil {
			return err
		}
		if err := d.scan(header); err != nil {
			return err
		}
	}
}

// nextScan reads the segments before the next scan and returns the parameters of its header; nil at the end of a file
// that has all of its image.
func (d *decoder) nextScan() (header []byte, err error) {
	if d.at == 0 {
		if err := d.start(); err != nil {
			return nil, err
		}
	}
	for {
		marker, segment, err := d.next()
		switch {
		case errors.Is(err, errEarly) && d.isComplete():
			return nil, nil // only the EOI marker is missing
		case err != nil:
			return nil, err
		case marker == mEOI:
			return nil, d.missing()
		case marker == mSOS && d.components == nil:
			return nil, corrupt("a scan before the frame")
		case marker == mSOS:
			return segment, nil
		}
		if err := d.segment(marker, segment); err != nil {
			return nil, err
		}
	}
}

// start reads the SOI marker.
func (d *decoder) start() error {
	d.adobe = adobeNone
	if len(d.src) < 2 || d.src[0] != 0xff || d.src[1] != mSOI {
		return corrupt("no start of image")
	}
	d.at = 2
	return nil
}

// missing returns an error if there was no frame, or no scan of one of its components.
func (d *decoder) missing() error {
	if d.components == nil {
		return corrupt("no frame")
	}
	for i, c := range d.components {
		if !c.decoded {
			return corrupt("no scan of component %d", i)
		}
	}
	return nil
}

// isComplete reports whether a file without EOI has all of its image. A progressive file does if there was a scan of
// the last bit of each coefficient and no scan ends early. Skipped scans may end early: to know, all are decoded once
// more.
func (d *decoder) isComplete() bool {
	if d.missing() != nil {
		return false
	}
	for i := range d.components {
		if d.progressive && bytes.Count(d.components[i].alPlus1[:], []byte{1}) != 64 {
			return false
		}
	}
	if d.skippedScan {
		all := decoder{
			segments: segments{src: d.src}, scale: everyScanScale, everyScan: true,
			crop: image.Rect(0, 0, 1, 1), // the smallest planes
		}
		return all.decode() == nil
	}
	return true
}

// hasBegun reports whether a scan of the first component has begun. Other components make no image without it.
func (d *decoder) hasBegun() bool { return d.bits != nil && d.components[0].quant != nil }

// segment reads the parameters of a segment other than a scan header.
func (d *decoder) segment(marker byte, b []byte) error {
	switch {
	case marker == mSOF0 || marker == mSOF1 || marker == mSOF2:
		return d.frame(marker, b)
	case marker == mDHT:
		return d.huffmanTables(b)
	case marker == mDQT:
		return d.quantTables(b)
	case marker == mDRI:
		if len(b) != 2 {
			return corrupt("a restart interval of %d bytes", len(b))
		}
		d.restartInterval = int(binary.BigEndian.Uint16(b))
	case marker >= mAPP0 && marker <= mAPP15:
		d.application(marker, b)
	case marker == mCOM:
	case marker >= mSOF0 && marker != mSOI: // other SOFs, DAC, DNL, DHP, EXP, and what is reserved
		return unsupported("%s, marker %#x", processOf(marker), marker)
	default:
		return corrupt("an unknown marker %#x", marker)
	}
	return nil
}

// processOf returns the coding process that the marker of a frame, or of a segment that goes with it, stands for (T.81, table B.1).
func processOf(marker byte) string {
	switch marker {
	case 0xc3:
		return "lossless"
	case 0xc5, 0xc6, 0xc7, 0xde, 0xdf:
		return "hierarchical"
	case 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf:
		return "arithmetic coding"
	case 0xdc:
		return "a height that comes after the first scan"
	}
	return "a reserved process"
}

// application reads the data of an APPn segment, if it is one of JFIF or Adobe.
func (d *decoder) application(marker byte, b []byte) {
	switch {
	case marker == mAPP0 && bytes.HasPrefix(b, []byte("JFIF\x00")):
		d.jfif = true
	case marker == mAPP14 && bytes.HasPrefix(b, []byte("Adobe")) && len(b) >= 12:
		d.adobe = int(b[11])
	}
}

// allocate makes the planes. It is called when the first scan begins, so that a frame header alone takes no memory, and
// refuses an image of more blocks than the rest of the file has bits.
func (d *decoder) allocate() error {
	blocks := 0
	for _, c := range d.components {
		blocks += ceil(c.width, 8) * ceil(c.height, 8) // a scan of one component need not have those that only pad MCUs
	}
	if blocks/8 > len(d.src)-d.at && !d.lenient {
		return errEarly
	}
	d.bits = new(bitReader)
	d.wanted = lastWanted(d.scale)
	d.mcuCrop = image.Rect(0, 0, d.mcusX, d.mcusY)
	if r := d.crop; !r.Empty() {
		w, h := 8*d.maxH, 8*d.maxV
		d.mcuCrop = image.Rect(r.Min.X/w, r.Min.Y/h, ceil(r.Max.X, w), ceil(r.Max.Y, h)).Intersect(d.mcuCrop)
	}
	r := d.mcuCrop
	for i := range d.components {
		c := &d.components[i]
		c.blocks = image.Rect(r.Min.X*c.h, r.Min.Y*c.v, r.Max.X*c.h, r.Max.Y*c.v)
		c.stride = c.blocks.Dx() * d.scale
		c.pix = make([]uint8, c.stride*c.blocks.Dy()*d.scale)
		if d.lenient {
			for i := range c.pix {
				c.pix[i] = 128 // of what is missing: grey
			}
		}
		if d.progressive {
			c.buffer = newCoefBuffer(d.mcusX*c.h, d.mcusY*c.v, d.wanted)
		}
	}
	return nil
}

// raster returns the planes.
func (d *decoder) raster() *Raster {
	r := &Raster{
		Width: d.width, Height: d.height, Model: d.model(), Inverted: d.adobe != adobeNone,
		X: 8 * d.maxH * d.mcuCrop.Min.X, Y: 8 * d.maxV * d.mcuCrop.Min.Y,
	}
	for _, c := range d.components {
		r.Planes = append(r.Planes, Plane{
			Pix: c.pix, Stride: c.stride,
			W:     min(ceil(c.width*d.scale, 8)-c.blocks.Min.X*d.scale, c.stride),
			H:     min(ceil(c.height*d.scale, 8)-c.blocks.Min.Y*d.scale, c.blocks.Dy()*d.scale),
			StepX: 8 * float64(d.maxH) / float64(c.h*d.scale), StepY: 8 * float64(d.maxV) / float64(c.v*d.scale),
		})
	}
	return r
}
