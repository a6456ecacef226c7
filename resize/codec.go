package resize

import (
	"image"
	"time"
)

// A Codec reads or writes a format that the engine in plain Go doesn't, or does it better. Geometry, orientation,
// limits and colours stay with the engine: a codec is bytes to pixels, or pixels to bytes. Its functions are safe
// for concurrent use; one that is nil is what the codec can't do.
type Codec struct {
	Format Format

	// Decode returns the first frame of a picture, as it is stored: its header was read by [ProbeBytes] and held to
	// the limits. The result may be smaller than stored, in both directions alike, if it is at least so many
	// parts of it as ratio says, with some margin: every variant will be at least ratio times smaller. Errors match
	// [ErrCorrupt] or [ErrUnsupported].
	Decode func(src []byte, ratio float64) (Decoded, error)

	// Encode writes a picture: an *image.YCbCr of 4:2:0 or 4:4:4 and full range, an *image.Gray, or an
	// *image.NRGBA.
	Encode func(m image.Image, o Encoding) ([]byte, error)

	// EncodeAnimation writes frames of one size, each an *image.NRGBA that is the whole picture.
	EncodeAnimation func(frames []Frame, loops int, o Encoding) ([]byte, error)
}

// Decoded is what a codec read.
type Decoded struct {
	Image   image.Image // of a type of package image
	Limited bool        // an *image.YCbCr of video levels, 16…235
	ICC     []byte      // profile of the colours; nil is sRGB
}

// An Encoding says how to write.
type Encoding struct {
	Quality  int  // 1…100
	Thorough bool // take the time for a smaller file
	ICC      []byte
}

// A Frame is one picture of an animation.
type Frame struct {
	Image *image.NRGBA
	Delay time.Duration
}

// raster takes a decoded picture apart. It covers the whole of the stored one, whatever its size.
func (d Decoded) raster(h Header) *raster {
	r := fromImage(d.Image)
	r.limited, r.icc = d.Limited, d.ICC
	scaleX, scaleY := float64(h.Width)/float64(r.w), float64(h.Height)/float64(r.h)
	for i := range r.planes {
		r.planes[i].stepX *= scaleX
		r.planes[i].stepY *= scaleY
	}
	r.w, r.h = h.Width, h.Height
	return r
}

// image returns opaque planes of luma, or of luma and chroma, as an image that shares them.
func (r *raster) image() image.Image {
	y := r.planes[0]
	bounds := image.Rect(0, 0, r.w, r.h)
	if r.space == grey {
		return &image.Gray{Pix: y.pix, Stride: y.stride, Rect: bounds}
	}
	cb, cr := r.planes[1], r.planes[2]
	ratio := image.YCbCrSubsampleRatio420
	if cb.w == y.w && cb.h == y.h && (y.w > 1 || y.h > 1) {
		ratio = image.YCbCrSubsampleRatio444
	}
	return &image.YCbCr{
		Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride, SubsampleRatio: ratio, Rect: bounds,
	}
}
