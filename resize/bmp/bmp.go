// Package bmp reads the bitmaps of Windows and OS/2: all that browsers display.
//
//	headers        OS/2 1.x and 2.x, Windows 3 to 5, of 12 to 124 bytes; rows from the bottom up or from the top down
//	bits           1, 2, 4 and 8 with a palette, 16, 24 and 32 with masks of any place and width
//	compression    none, RLE4, RLE8 and RLE24
//	alpha          of a mask for it; a mask of which all pixels are 0 counts for nothing, as in browsers
//
// Pixels that run-length coding leaves out are transparent. The package also reads the bitmaps within icons, which have
// no file header, and a mask of transparent pixels behind their colours.
//
// Decoding takes time and memory by the pixels that the header claims, and by the bytes of the file. A file that is too
// short for its pixels is refused before memory is taken for them.
package bmp

import (
	"errors"
	"fmt"
	"image"
)

// ErrUnsupported matches the errors of files that may be whole, but are of a kind that is not read.
var ErrUnsupported = errors.New("bmp: not supported")

// A fault is an error of a file that matches ErrUnsupported, which callers name: its text is why.
type fault string

func (f fault) Error() string { return "bmp: " + string(f) }
func (f fault) Unwrap() error { return ErrUnsupported }

func unsupported(format string, args ...any) error { return fault(fmt.Sprintf(format, args...)) }

// ErrShort means that a file ends before its pixels do. [DecodeConfig] and [IconConfig] return it where the header goes on.
var ErrShort = errors.New("bmp: the file is too short")

var errHeader = errors.New("bmp: the header contradicts itself")

// fileHeaderBytes is the length of the header of a file, which bitmaps within icons lack.
const fileHeaderBytes = 14

// DecodeConfig returns the size of a bitmap by the beginning of its file.
func DecodeConfig(src []byte) (width, height int, err error) {
	if len(src) < fileHeaderBytes {
		return 0, 0, ErrShort
	}
	h, err := readHeader(src[fileHeaderBytes:])
	return max(h.width, 0), max(h.height, 0), err
}

// Decode returns the image of a file: an *image.Paletted, an *image.RGBA that is opaque, or an *image.NRGBA.
func Decode(src []byte) (image.Image, error) {
	if len(src) < fileHeaderBytes {
		return nil, ErrShort
	}
	d := decoder{dib: src[fileHeaderBytes:]}
	if err := d.start(); err != nil {
		return nil, err
	}
	if at := int64(little.Uint32(src[10:])); at >= fileHeaderBytes { // else the pixels follow the palette
		if at > int64(len(src)) {
			return nil, ErrShort
		}
		d.data = src[at:]
	}
	return d.image()
}

// Profile returns the ICC profile of a file, nil if there is none. It is not a copy.
func Profile(src []byte) []byte {
	const embedded = 'M'<<24 | 'B'<<16 | 'E'<<8 | 'D'
	if len(src) < fileHeaderBytes+v5Bytes {
		return nil
	}
	dib := src[fileHeaderBytes:]
	if little.Uint32(dib) != v5Bytes || little.Uint32(dib[56:]) != embedded {
		return nil
	}
	at, size := int64(little.Uint32(dib[112:])), int64(little.Uint32(dib[116:]))
	if at+size > int64(len(dib)) {
		return nil
	}
	return dib[at : at+size]
}

// A decoder reads a bitmap.
type decoder struct {
	dib  []byte // the bitmap from its header on
	data []byte // its pixels
	header
	masks   [4]mask // of red, green, blue and alpha
	palette palette
	icon    bool // the bitmap is within an icon
}

// start reads what lies before the pixels, which it expects behind the palette.
func (d *decoder) start() (err error) {
	if d.header, err = readHeader(d.dib); err != nil {
		return err
	}
	if d.width < 1 || d.height < 1 {
		return fmt.Errorf("%w: %d × %d pixels", errHeader, d.width, d.height)
	}
	at, err := d.readMasks()
	if err != nil {
		return err
	}
	if d.bits <= 8 {
		at = d.readPalette(at)
	}
	if at > len(d.dib) {
		return ErrShort
	}
	d.data = d.dib[at:]
	return nil
}

// image decodes the pixels.
func (d *decoder) image() (image.Image, error) {
	if d.compression != rgb {
		return d.runs()
	}
	if d.rowsBytes() > int64(len(d.data)) {
		return nil, ErrShort
	}
	if d.bits <= 8 {
		return d.paletted(), nil
	}
	return d.masked(), nil
}

// rowBytes returns the bytes of a row that is not compressed: bits, padded to words of 32 bits.
func (h header) rowBytes(bits int) int64 { return (int64(h.width)*int64(bits) + 31) / 32 * 4 }

// rowsBytes returns the least bytes of all rows. The padding of the last row may be missing.
func (h header) rowsBytes() int64 {
	return h.rowBytes(h.bits)*int64(h.height-1) + (int64(h.width)*int64(h.bits)+7)/8
}

// row returns the number of the row in the file that is displayed as row y.
func (h header) row(y int) int {
	if h.topDown {
		return y
	}
	return h.height - 1 - y
}
