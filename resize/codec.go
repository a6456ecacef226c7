package resize

import (
	"fmt"
	"image"
	"time"
)

// A Codec reads or writes a format that the engine in plain Go doesn't, or does it better. Geometry, orientation,
// limits and colours stay with the engine: a codec is bytes to pixels, or pixels to bytes. Its functions are safe
// for concurrent use; one that is nil is what the codec can't do.
type Codec struct {
	Format Format

	// Decode returns the first frame of a picture, as it is stored: its header was read by [ProbeBytes] and held to
	// the limits. Every variant will be at least ratio times smaller than that; so the result may be smaller too, if
	// it keeps some margin above them. Errors match [ErrCorrupt] or [ErrUnsupported].
	Decode func(src []byte, ratio float64) (Decoded, error)

	// Encode writes a picture: an *image.YCbCr of 4:2:0 or 4:4:4 and full range, an *image.Gray, or an
	// *image.NRGBA.
	Encode func(m image.Image, o Encoding) ([]byte, error)

	// Animate begins an animation that is shown so many times, for ever if that is 0.
	Animate func(shows int, o Encoding) Animation
}

// Decoded is what a codec read.
type Decoded struct {
	Image   image.Image // of a type of package image
	Shrink  int         // pixels as stored, in either direction, that one of Image stands for; 0 is 1
	Limited bool        // an *image.YCbCr of video levels, 16…235
	ICC     []byte      // profile of the colours; nil is sRGB
}

// An Encoding says how to write.
type Encoding struct {
	Quality  int  // 1…100
	Lossless bool // keep every pixel as it is, whatever the quality, if the format can
	Thorough bool // take the time for a smaller file
	ICC      []byte
}

// An Animation is a file in the making.
type Animation interface {
	Add(f Frame) error // all of one size; it is not retained
	Finish() ([]byte, error)
	Close() // frees what is held, finished or not
}

// A Frame is one picture of an animation.
type Frame struct {
	Image *image.NRGBA // all that is seen
	Delay time.Duration
}

// raster takes a decoded picture apart. The last row and column may reach beyond the stored one's end.
func (d Decoded) raster(h Header) (*raster, error) {
	shrink := max(d.Shrink, 1)
	r := fromImage(d.Image)
	if w, ht := shrink*r.w, shrink*r.h; max(w, h.Width)-min(w, h.Width) > shrink || max(ht, h.Height)-min(ht, h.Height) > shrink {
		return nil, fmt.Errorf("%w: %d × %d pixels for %d × %d", ErrCorrupt, w, ht, h.Width, h.Height)
	}
	r.limited, r.icc = d.Limited, d.ICC
	for i := range r.planes {
		r.planes[i].stepX *= float64(shrink)
		r.planes[i].stepY *= float64(shrink)
	}
	r.w, r.h = h.Width, h.Height
	return r, nil
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
