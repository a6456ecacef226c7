package resize

import (
	"context"
	"image"
	"time"
)

// A Codec reads or writes a format that the engine in plain Go doesn't, or does it better. Geometry, orientation,
// limits and colours remain the engine's work: a codec converts bytes to pixels, or pixels to bytes. A function that is
// nil is one that the codec lacks. The functions are safe for concurrent use.
type Codec struct {
	Format Format

	// Name is that of the library that does the work, for people: "libvips".
	Name string

	// Decode returns the first frame of an image, as it is stored. The header was read by [ProbeBytes] and is within
	// the limits. All variants will be smaller by at least ratio, so that the result may be reduced too, as long as it
	// stays somewhat larger than they are. Errors match [ErrCorrupt] or [ErrUnsupported].
	//
	// A codec of SVG draws at the size in the header, reduced by ratio: there is nothing that a larger image would add.
	//
	// A codec of WebP is given images that are not animated, with a ratio of 1, and may refuse any: [Portable] takes
	// animations apart, and decodes by itself what the codec refuses.
	Decode func(src []byte, ratio float64) (Decoded, error)

	// Encode writes an image: an *image.YCbCr of 4:2:0 or 4:4:4 and full range, an *image.Gray, or an *image.NRGBA.
	Encode func(m image.Image, o Encoding) ([]byte, error)

	// Slow says that Encode takes so long that only requests for the format by name should wait for it.
	Slow bool

	// Copies are the bytes per pixel that Encode holds in addition to what the format is known to need, for an encoder that
	// works on copies.
	Copies float64

	// Animate begins an animation that is played so many times, for ever if that is 0.
	Animate func(plays int, o Encoding) Animation

	// Within returns the codec for a job: its functions return the error of ctx soon after that is done. It is nil for
	// a codec that can't be interrupted.
	Within func(ctx context.Context) Codec
}

// Decoded is what a codec has decoded.
type Decoded struct {
	Image   image.Image // of a type of package image
	Shrink  int         // pixels as stored for each pixel of Image, in either direction; 0 means 1; of SVG it follows from the size
	Limited bool        // an *image.YCbCr of video levels, 16…235
	ICC     []byte      // the profile of the colours; nil means sRGB
}

// An Encoding is how an image is to be encoded.
type Encoding struct {
	Quality  int    // 1…100
	Lossless bool   // keep every pixel as it is, whatever the quality, if the format can
	Thorough bool   // take more time for a smaller file
	ICC      []byte // a profile to store with the image; nil for none
}

// An Animation is an animation that is being written.
type Animation interface {
	// Add appends a frame. All are of one size. The frame is not retained.
	Add(f Frame) error

	// Finish returns the file.
	Finish() ([]byte, error)

	// Close frees what the animation holds, whether it was finished or not.
	Close()
}

// A Frame is an image of an animation.
type Frame struct {
	Image *image.NRGBA // all that is displayed, not only what has changed
	Delay time.Duration
}
