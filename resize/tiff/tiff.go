// Package tiff reads the first image of a TIFF file:
//
//	samples        grey and palettes of 1, 2, 4, 8 and 16 bits, RGB of 8 and 16, with or without alpha, and CMYK of 8 and 16
//	compression    none, CCITT groups 3 (of one dimension) and 4, LZW, Deflate and PackBits, with differences or without
//	layout         strips and tiles, samples together or in planes, bits of a byte from either end
//
// What else the format has, such as other inks, floating point, JPEG and BigTIFF, is refused by name.
//
// A file is read row by row into the planes of the image. Beside these, Decode takes memory for a few rows and 150 KiB. Its
// time is bounded by the pixels, which the caller limits, and by the bytes of the file. A file that is too short for its
// pixels is refused before memory is taken for them.
package tiff

import (
	"errors"
	"fmt"
)

// Errors that a file can cause. The errors that match them say what is wrong with the file.
var (
	// ErrCorrupt is the error of a file that contradicts itself, or ends early.
	ErrCorrupt = errors.New("tiff: corrupt")

	// ErrUnsupported is the error of a file that may be whole, but is of a kind that is not read.
	ErrUnsupported = errors.New("tiff: not supported")
)

// A Raster is an image in planes: of grey alone; of red, green and blue; of these and alpha; or of the inks cyan, magenta, yellow
// and black. The sample in column x of row y is Planes[i][y*Width+x].
type Raster struct {
	Width, Height int
	Planes        [][]uint8
	Inks          bool   // 255 is all of an ink
	Premultiplied bool   // the colours are multiplied with alpha
	ICC           []byte // the profile of the colours, a part of the file; nil if there is none
}

// Decode decodes a TIFF file. Of samples of 16 bits it takes the upper 8. The orientation is not applied. An image of more
// than maxPixels is corrupt: the caller has seen a header that claims fewer.
func Decode(src []byte, maxPixels int64) (*Raster, error) {
	dir, err := readDirectory(src)
	if err != nil {
		return nil, err
	}
	d := decoder{src: src}
	if d.layout, err = dir.layout(); err != nil {
		return nil, err
	}
	if int64(d.width) > maxPixels/int64(d.height) {
		return nil, corrupt("%d × %d pixels, more than %d", d.width, d.height, maxPixels)
	}
	if err := d.readOutputs(dir); err != nil {
		return nil, err
	}
	if err := d.readBlocks(dir); err != nil {
		return nil, err
	}
	r := &Raster{
		Width: d.width, Height: d.height, Inks: d.photometric == separated,
		Premultiplied: d.alpha == associated, ICC: dir.bytes(tagICC),
	}
	for range d.planes {
		r.Planes = append(r.Planes, make([]uint8, d.width*d.height))
	}
	return r, d.readPixels(r.Planes)
}

// A fault is an error that a file causes. Its text is what is wrong with the file. It matches the kind of error that it is, which
// callers name.
type fault struct {
	kind error
	what string
}

func (f *fault) Error() string { return "tiff: " + f.what }
func (f *fault) Unwrap() error { return f.kind }

func corrupt(format string, args ...any) error {
	return &fault{ErrCorrupt, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &fault{ErrUnsupported, fmt.Sprintf(format, args...)}
}
