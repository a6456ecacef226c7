// Package jpeg decodes and encodes JPEG (ITU-T T.81) for resizing. It works on the planes of samples that a JPEG
// holds, such as Y, Cb and Cr, never on RGB made of them, and decodes straight to a fraction of the size.
//
//	src ─► marker segments ─► entropy decoding ─► dequantised coefficients ─► scaled IDCT ─► planes
//	                          only as many of each block as the scale needs;
//	                          the rest is skipped, several symbols per table look-up
//
// At a scale of N/8 each block of 8 × 8 samples becomes N × N, by an inverse DCT of its N × N lowest frequencies.
// Entropy decoding is four fifths of the time that a thumbnail takes. So the coefficients behind the last one that
// the scale needs, in zigzag order, are never decoded: a table indexed by the next 13 bits of the scan gives the
// number of coefficients that the whole symbols in them stand for, and the number of bits that they take. Of a
// progressive file, whole scans are skipped by a search for the next marker.
//
// The decoder takes baseline, extended sequential and progressive files with Huffman coding and samples of 8 bits,
// of one, three or four components with any sampling factors. Files are not trusted: memory and time are bounded by
// the size in the frame header and a fixed number of scans, and a scan that ends early is an error.
//
// The encoder spends its bits where eyes notice them: its tables are tuned to SSIMULACRA 2 and butteraugli (package
// quant), small coefficients become 0, edges of white are lifted beyond it, and chroma of half size is sharpened against
// the blur that decoders add. A thorough encoder also chooses in each block which coefficients are worth their bits.
//
// Built with GOEXPERIMENT=simd, the DCT of whole blocks uses vectors: AVX2 on amd64, where the processor has it, and
// NEON on arm64, from Go 1.27 on. The results are the same to the bit.
package jpeg

import (
	"errors"
	"fmt"
	"image"
	"slices"
)

// Errors that a file can cause. The errors that match them say what is wrong with the file.
var (
	// ErrCorrupt is the error of a file that breaks the rules of T.81, or ends early.
	ErrCorrupt = errors.New("jpeg: corrupt")

	// ErrUnsupported is the error of a file that this package does not decode: with arithmetic coding, other than 8
	// bits a sample, lossless, hierarchical, with two or more than four components, with its height behind the first
	// scan (DNL), or with more than 100 scans; and of an image that it does not encode.
	ErrUnsupported = errors.New("jpeg: unsupported")
)

// A fault is an error that a file causes. Its text is what is wrong with the file. It matches the kind of error that it is, which
// callers name.
type fault struct {
	kind error
	what string
}

func (f *fault) Error() string { return "jpeg: " + f.what }
func (f *fault) Unwrap() error { return f.kind }

func corrupt(format string, args ...any) error {
	return &fault{ErrCorrupt, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &fault{ErrUnsupported, fmt.Sprintf(format, args...)}
}

// A Model is the colour model of the planes of a [Raster].
type Model int

const (
	Grey  Model = iota // luma alone
	YCbCr              // as in JFIF: full range, 0…255
	RGB
	CMYK // see Raster.Inverted
	YCCK // of Adobe: what Y, Cb and Cr are as RGB is C, M and Y, 255 for all of the ink; K has 255 for none
)

// A Raster is an image as planes of samples, one plane for each component.
type Raster struct {
	// Width and Height are the pixels of the whole image at full scale, whatever was decoded of it.
	Width, Height int

	// X and Y are the pixel of the whole image, at full scale, that the first sample of each plane is at. They are
	// not 0 where [DecodeOptions.Crop] leaves out the left or the top.
	X, Y int

	Model Model

	// Inverted reports whether the file has an Adobe segment. The samples of CMYK are 255 for no ink then; without one,
	// they are 255 for all of it. It means nothing for other models.
	Inverted bool

	Planes []Plane
}

// A Plane holds the samples of one component.
type Plane struct {
	Pix    []uint8 // the sample in column x of row y is Pix[y*Stride+x]
	Stride int     // samples from a row to the next
	W, H   int     // samples; the last of a row or column may cover pixels beyond the image

	// StepX and StepY are the pixels of the whole image, at full scale, that one sample covers in each direction:
	// 8/N at a scale of N/8, and twice that for a chroma of half the size.
	StepX, StepY float64
}

// DecodeOptions are the options of [Decode]. The zero value decodes the whole image at full scale.
type DecodeOptions struct {
	// Scale is the N of a scale of N/8: 1, 2, 3, 4, 5, 6 or 8. 0 means 8, full scale.
	Scale int

	// Crop is the part of the image to decode, in pixels at full scale; empty means all of it. The planes hold every
	// MCU that it touches. It saves memory and the time of the IDCT, not that of entropy decoding.
	Crop image.Rectangle

	// Lenient keeps what was decoded of a corrupt file, once a scan of its first component has begun. What is missing
	// is grey.
	Lenient bool
}

// scales are the values of N for which there is an IDCT that makes N × N samples of a block.
var scales = []int{1, 2, 3, 4, 5, 6, 8}

// ScaleFor returns the smallest N such that an image decoded at a scale of N/8 has at least margin times the samples,
// in each direction, of a result that is ratio times smaller than the whole image. It returns 8 if there is none.
func ScaleFor(ratio, margin float64) int {
	for _, n := range scales {
		if float64(n)/8*ratio >= margin {
			return n
		}
	}
	return 8
}

// Decode decodes a JPEG file. It does not retain src. An error that the file causes matches [ErrCorrupt] or
// [ErrUnsupported]; a scale that [DecodeOptions] does not list is an error of another kind.
//
// Decode takes memory for the planes, N × N bytes for each block at a scale of N/8. A progressive file takes memory
// for coefficients too: of each block 128 bytes at full scale, 50 at 4/8, 26 at 3/8, 10 at 2/8 and 2 at 1/8, and up
// to 8 more at all scales above 1/8. Unless Lenient is set, a file with less than one bit for each block of its image
// is refused before any of this is allocated.
func Decode(src []byte, o DecodeOptions) (*Raster, error) {
	if o.Scale == 0 {
		o.Scale = 8
	}
	if !slices.Contains(scales, o.Scale) {
		return nil, fmt.Errorf("jpeg: scale %d/8", o.Scale)
	}
	d := decoder{segments: segments{src: src}, scale: o.Scale, crop: o.Crop, lenient: o.Lenient}
	err := d.decode()
	if err != nil && !(o.Lenient && d.hasBegun() && errors.Is(err, ErrCorrupt)) {
		return nil, err
	}
	for i := range d.components {
		if c := &d.components[i]; d.progressive && c.quant != nil {
			d.reconstruct(c)
		}
	}
	return d.raster(), nil
}
