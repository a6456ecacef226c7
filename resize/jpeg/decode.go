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
	scale      int
	rect       image.Rectangle // of the picture that is wanted; empty is all of it
	headerOnly bool
	lenient    bool
	readsAll   bool // at the scale of that name: no refinement is passed over

	width, height int
	progressive   bool
	components    []component
	maxH, maxV    int // of the components' sampling factors
	mcusX, mcusY  int
	adobe         int // transform of an Adobe segment, or adobeNone
	jfif          bool

	quant    [4]*[64]int32 // in the order of the file
	dc       [4]*code
	ac       [4]*acCode
	interval int // MCUs between restarts; 0 is none
	scans    int
	passed   bool // progressive: a scan was passed over unread

	crop   image.Rectangle // MCUs that are wanted
	wanted int             // last coefficient that the scale shows, in the order of the file
	bits   *bitReader
}

// A component is one plane in the making.
type component struct {
	id            uint8
	h, v          int // sampling factors
	width, height int // samples, at full scale
	quant         int
	table         *[64]int32      // quantisation, taken when the first scan begins
	decoded       bool            // there was a scan of it
	blocks        image.Rectangle // that are wanted
	pix           []uint8         // of the wanted blocks
	stride        int
	memory        *memory   // progressive
	lows          [64]uint8 // progressive: the last bit that came of each coefficient, and 1; 0 if none did
}

// errEarly is the error of what ends before it is whole.
var errEarly = corrupt("it ends early")

// decode reads all there is. What it returns an error for may have been read in part.
func (d *decoder) decode() error {
	d.adobe = adobeNone
	if len(d.src) < 2 || d.src[0] != 0xff || d.src[1] != mSOI {
		return corrupt("no start of image")
	}
	d.at = 2
	for {
		marker, segment, err := d.next()
		switch {
		case errors.Is(err, errEarly) && d.isWhole():
			return nil // only the end of image is missing
		case err != nil:
			return err
		case marker == mEOI:
			return d.missing()
		case marker == mSOS && d.components == nil:
			return corrupt("a scan before the frame")
		case marker == mSOS && d.headerOnly:
			return nil
		case marker == mSOS:
			err = d.scan(segment)
		default:
			err = d.take(marker, segment)
		}
		if err != nil {
			return err
		}
	}
}

// missing tells what is missing for a picture.
func (d *decoder) missing() error {
	if d.components == nil {
		return corrupt("no picture in it")
	}
	for i, c := range d.components {
		if !c.decoded {
			return corrupt("no scan of component %d", i)
		}
	}
	return nil
}

// isWhole tells whether a file that ends without an end of image has all of its picture. A progressive one has when the
// last bit of each coefficient came, and none of its scans ends early: where some were passed over, that is looked up.
func (d *decoder) isWhole() bool {
	if d.headerOnly || d.missing() != nil {
		return false
	}
	for i := range d.components {
		if d.progressive && bytes.Count(d.components[i].lows[:], []byte{1}) != 64 {
			return false
		}
	}
	if d.passed {
		all := decoder{segments: segments{src: d.src}, scale: readsAll, readsAll: true, rect: image.Rect(0, 0, 1, 1)}
		return all.decode() == nil
	}
	return true
}

// hasBegun tells whether there is anything of the first component: grey without it is no picture.
func (d *decoder) hasBegun() bool { return d.bits != nil && d.components[0].table != nil }

// take takes a segment that is not a scan.
func (d *decoder) take(marker byte, b []byte) error {
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
		d.interval = int(binary.BigEndian.Uint16(b))
	case marker == mAPP0:
		d.jfif = d.jfif || len(b) >= 5 && string(b[:5]) == "JFIF\x00"
	case marker == mAPP14:
		if len(b) >= 12 && string(b[:5]) == "Adobe" {
			d.adobe = int(b[11])
		}
	case marker > mAPP0 && marker <= 0xef || marker == mCOM:
	case marker >= 0xc0 && marker != mSOI:
		return unsupported("marker %#x", marker) // arithmetic coding, lossless, hierarchical, a late height
	default:
		return corrupt("marker %#x", marker)
	}
	return nil
}

func (d *decoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return corrupt("a short Huffman table")
		}
		class, id, total := b[0]>>4, b[0]&15, 0
		for _, n := range b[1:17] {
			total += int(n)
		}
		if class > 1 || id > 3 || total > 256 || len(b) < 17+total {
			return corrupt("Huffman table %#x of %d symbols", b[0], total)
		}
		h, err := newCode(b[1:17], b[17:17+total])
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[id] = h
		} else {
			d.ac[id] = newACCode(h)
		}
		b = b[17+total:]
	}
	return nil
}

func (d *decoder) quantTables(b []byte) error {
	for len(b) > 0 {
		size, id := 1+int(b[0]>>4), b[0]&15
		if size > 2 || id > 3 || len(b) < 1+64*size {
			return corrupt("quantisation table %#x", b[0])
		}
		table := new([64]int32)
		for k := range table {
			if size == 1 {
				table[k] = int32(b[1+k])
			} else {
				table[k] = int32(binary.BigEndian.Uint16(b[1+2*k:]))
			}
		}
		d.quant[id] = table
		b = b[1+64*size:]
	}
	return nil
}

// allocate makes room for the planes, when the first scan begins: a header alone costs nothing, nor one that tells
// of more blocks than the file has bits.
func (d *decoder) allocate() error {
	blocks := 0
	for _, c := range d.components {
		blocks += ceil(c.width, 8) * ceil(c.height, 8) // those that only fill up an MCU may not be there
	}
	if blocks/8 > len(d.src)-d.at && !d.lenient {
		return errEarly
	}
	d.bits = new(bitReader)
	d.wanted = lastWanted(d.scale)
	d.crop = image.Rect(0, 0, d.mcusX, d.mcusY)
	if r := d.rect; !r.Empty() {
		w, h := 8*d.maxH, 8*d.maxV
		d.crop = image.Rect(r.Min.X/w, r.Min.Y/h, ceil(r.Max.X, w), ceil(r.Max.Y, h)).Intersect(d.crop)
	}
	for i := range d.components {
		c := &d.components[i]
		c.blocks = image.Rect(d.crop.Min.X*c.h, d.crop.Min.Y*c.v, d.crop.Max.X*c.h, d.crop.Max.Y*c.v)
		c.stride = c.blocks.Dx() * d.scale
		c.pix = make([]uint8, c.stride*c.blocks.Dy()*d.scale)
		if d.lenient {
			for i := range c.pix {
				c.pix[i] = 128 // no light and no colour, where nothing comes
			}
		}
		if d.progressive {
			c.memory = newMemory(d.mcusX*c.h, d.mcusY*c.v, d.scale, d.wanted)
		}
	}
	return nil
}

// picture returns what was decoded.
func (d *decoder) picture() *Picture {
	p := &Picture{
		Width: d.width, Height: d.height, Model: d.model(), Inverted: d.adobe != adobeNone,
		X: 8 * d.maxH * d.crop.Min.X, Y: 8 * d.maxV * d.crop.Min.Y,
	}
	for _, c := range d.components {
		p.Planes = append(p.Planes, Plane{
			Pix: c.pix, Stride: c.stride,
			W:     min(ceil(c.width*d.scale, 8)-c.blocks.Min.X*d.scale, c.stride),
			H:     min(ceil(c.height*d.scale, 8)-c.blocks.Min.Y*d.scale, c.blocks.Dy()*d.scale),
			StepX: 8 * float64(d.maxH) / float64(c.h*d.scale), StepY: 8 * float64(d.maxV) / float64(c.v*d.scale),
		})
	}
	return p
}
