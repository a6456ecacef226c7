// Package jpeg decodes and encodes JPEG for resizing: between files and planes of samples, with no RGB in between,
// and decodes straight to a fraction of the size.
//
//	src ─► markers ─► entropy decoding ─► dequantised coefficients ─► scaled IDCT ─► planes
//	                  only as many of each block as the scale shows;
//	                  the rest is passed over, several symbols at a time
//
// A scale of N/8 makes N × N samples of each block of 8 × 8, from its N × N lowest frequencies. Four fifths of
// the time that a thumbnail takes goes into entropy decoding: what lies behind the last coefficient that is
// wanted is never decoded, but measured, by a table that swallows whole symbols 12 bits at a time. Of a
// progressive file whole scans are passed over.
//
// The decoder takes baseline, extended and progressive JPEG of 8 bits with Huffman coding (ITU-T T.81), of one,
// three or four components and any sampling factors. It is made for strangers' files: memory and time are bounded
// by the size that the header tells, and a scan that ends early is an error.
//
// Built with GOEXPERIMENT=simd, for amd64, the transforms of whole blocks use AVX2 where the processor has it; what
// they make is the same to the bit.
package jpeg

import (
	"errors"
	"fmt"
	"image"
	"slices"
)

// The faults that a file can have.
var (
	ErrCorrupt     = errors.New("jpeg: corrupt")
	ErrUnsupported = errors.New("jpeg: unsupported")
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// A Model says what the planes of a picture mean.
type Model int

const (
	Grey  Model = iota // luma
	YCbCr              // of JFIF: full range
	RGB
	CMYK
	YCCK // YCbCr of three inks as if they were light, and black
)

// A Picture is a picture in planes.
type Picture struct {
	Width, Height int // of the whole picture, at full scale
	X, Y          int // of the planes' first samples in the whole picture, at full scale: not 0 in a crop
	Model         Model
	Inverted      bool // CMYK and YCCK: 255 is no ink, as Adobe has it
	Planes        []Plane
}

// A Plane is one component.
type Plane struct {
	Pix    []uint8
	Stride int
	W, H   int // samples; the last of a row or column may reach beyond the picture

	// Pixels of the whole picture that one sample covers: 8/N at scale N, twice that for a halved chroma.
	StepX, StepY float64
}

// DecodeOptions say how to decode.
type DecodeOptions struct {
	Scale int // N of N/8: 1, 2, 3, 4, 5, 6 or 8; 0 is 8

	// Crop is the part of the picture, in pixels at full scale, whose samples are wanted; empty is all. The planes
	// hold it and what else is in the MCUs that it touches. It saves memory, and the time of the transforms.
	Crop image.Rectangle

	Lenient bool // keep what was decoded of a file that ends early or is corrupt
}

// Scales are the scales that Decode takes.
var scales = []int{1, 2, 3, 4, 5, 6, 8}

// ScaleFor returns the smallest scale at which a picture that is then reduced by ratio, of its whole size, still has
// margin times the samples of the result.
func ScaleFor(ratio, margin float64) int {
	for _, n := range scales {
		if float64(n)/8*ratio >= margin {
			return n
		}
	}
	return 8
}

// Decode decodes a file. It does not retain src. The error matches [ErrCorrupt] or [ErrUnsupported].
//
// It takes memory for the planes, and for the coefficients of a progressive file: at full scale two bytes for each,
// at a half less than half of that, and next to nothing below. The file must have at least a bit for each block.
func Decode(src []byte, o DecodeOptions) (*Picture, error) {
	if o.Scale == 0 {
		o.Scale = 8
	}
	if !slices.Contains(scales, o.Scale) {
		return nil, fmt.Errorf("jpeg: scale %d/8", o.Scale)
	}
	d := decoder{segments: segments{src: src}, scale: o.Scale, rect: o.Crop, lenient: o.Lenient}
	err := d.decode()
	if err != nil && !(o.Lenient && d.hasBegun() && errors.Is(err, ErrCorrupt)) {
		return nil, err
	}
	for i := range d.components {
		if c := &d.components[i]; d.progressive && c.table != nil {
			d.reconstruct(c)
		}
	}
	return d.picture(), nil
}
