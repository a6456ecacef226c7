// Package probe reads the headers of image files: size, orientation, frames, and what else must be known of an image
// before its pixels are decoded. It decodes none.
//
//	src ─► JPEG, PNG, GIF, WebP, BMP, ICO, HEIF, JXL, TIFF, SVG ─► Header
//	       by the caller's choice                        └──► ErrShort         read more of the file, and try again
//	                                                     └──► ErrCorrupt       it contradicts itself
//	                                                     └──► ErrUnsupported   no decoder should see it
//
// Each function takes the beginning of a file, or all of it, and stops as soon as it has what it needs. All that it
// returns is what the file claims. A caller can refuse an image because of it, but must not rely on it otherwise: sizes
// are at most 2³¹−1 and may be 0, and whatever is multiplied may overflow, see [Pixels].
//
// A header is never read more strictly than decoders read it. In one respect it must not be read more leniently either:
// where a decoder would see more frames or more pixels than the probe, they would pass the limits unseen.
//
// The package also walks over the parts of files that decoders need once more: [WebPChunks], [WalkGIF], the ICC
// profiles of [JPEGProfile] and [PNGProfile], and [PNGGamma].
package probe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// A Header is what the first bytes of an image file claim about the image.
type Header struct {
	Width, Height int  // as stored, pixels; of HEIF and JPEG XL, whose decoders apply the orientation, as displayed
	Orientation   int  // of EXIF: 1…8; 1 is upright
	Frames        int  // of an animation: of PNG as many as it claims, else as many as begin within the bytes that were read; else 1
	Progressive   bool // a JPEG in several scans
	Channels      int  // as decoded: 1, 3 or 4; of TIFF up to 5
	Depth         int  // bits of a channel: 8 or 16; of TIFF up to 32
	Lossless      bool // a WebP of the lossless kind, or a TIFF whose compression is
	Paletted      bool // a GIF, or a PNG with a palette

	// Whole is how many pixels a decoder of HEIF has before it crops them. It is 0 in other formats.
	Whole int64

	// Quality is the quality of libjpeg, 1…100, at which a JPEG was compressed. It is 0 where it is not known.
	Quality int

	// Samples are those of all components of a JPEG for a pixel, 1.5 of 4:2:0; 0 where they are not known.
	Samples float64

	// Converts reports whether a JPEG, as far as it was read, is in RGB or has a profile other than that of sRGB, so
	// that its planes can't be encoded as they are.
	Converts bool

	// Animates reports whether there may be more than one frame, and Counted whether Frames are all of them.
	Animates, Counted bool

	// Ratio is that of the sides of an SVG, which are exact in it, and Packed reports whether its text is compressed.
	Ratio  float64
	Packed bool

	// Colours are those of a file that names them by code points.
	Colours colour.CodePoints
}

// initial returns the header of a file of which nothing is known yet.
func initial() Header { return Header{Orientation: 1, Frames: 1, Channels: 4, Depth: 8} }

// Errors of a header. The same bytes always fail again.
var (
	ErrCorrupt     = errors.New("corrupt image")
	ErrUnsupported = errors.New("unsupported image")

	// ErrShort means that the header goes on beyond the bytes that were given.
	ErrShort = errors.New("header goes on")
)

// Pixels multiplies two sides that a header claims. The product is math.MaxInt64 if it overflows or a side is negative.
func Pixels(width, height int) int64 {
	if width < 0 || height < 0 || width != 0 && int64(height) > math.MaxInt64/int64(width) {
		return math.MaxInt64
	}
	return int64(width) * int64(height)
}

// side reads a side of 32 bits. A side that does not fit an int becomes the largest, which is over any limit as well.
func side(b []byte) int { return int(min(binary.BigEndian.Uint32(b), 1<<31-1)) }

func hasPrefix(b []byte, s string) bool { return bytes.HasPrefix(b, []byte(s)) }
