package resize

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize/bmp"
	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// decode returns the image, or the first frame of an animation, as it is stored: neither rotated nor converted. A
// decoder may return a reduced image where that loses nothing, as long as it stays somewhat above the ratio of the
// demand.
func (e *Portable) decode(src []byte, h Header, want demand) (r *raster.Image, err error) {
	if codec, ok := e.decodes[h.Format]; ok {
		d, err := codec.Decode(src, want.ratio)
		if err != nil {
			return nil, corrupt(err)
		}
		return rasterOf(d, h)
	}
	switch h.Format {
	case JPEG:
		r, err = decode.JPEG(src, want.ratio, want.part, e.config.Lenient)
	case PNG:
		r, err = decode.PNG(src)
	case GIF:
		r, err = decode.GIF(src)
	case WebP:
		r, err = e.webpDecoder().Decode(src, h.Width, h.Height)
	case BMP:
		r, err = decode.BMP(src)
	case TIFF:
		r, err = decode.TIFF(src, h.Width, h.Height)
	case ICO:
		r, err = decode.ICO(src)
	default:
		return nil, refusal(h.Format)
	}
	if err != nil {
		return nil, corrupt(err)
	}
	return r, nil
}

// webpDecoder returns the decoder of WebP, which has the codec if there is one.
func (e *Portable) webpDecoder() (d decode.WebP) {
	if e.webp.Decode != nil {
		d.Codec = func(src []byte) (image.Image, error) {
			decoded, err := e.webp.Decode(src, 1)
			return decoded.Image, err
		}
	}
	return d
}

// corrupt makes an error of a decoder match [ErrCorrupt], unless it matches another error of this package, or is that of
// a context.
func corrupt(err error) error {
	for _, known := range []error{
		ErrCorrupt, ErrUnsupported, ErrTooLarge, ErrUnavailable, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	if errors.Is(err, bmp.ErrUnsupported) || errors.Is(err, png.ErrUnsupported) || errors.Is(err, tiff.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// rasterOf returns the planes of a decoded image. The last row and column may reach beyond the end of the stored image.
func rasterOf(d Decoded, h Header) (*raster.Image, error) {
	if h.Format == SVG {
		return h.drawn(raster.From(d.Image)), nil
	}
	shrink := max(d.Shrink, 1)
	r := raster.From(d.Image)
	w, ht := shrink*r.W, shrink*r.H
	if abs(w-h.Width) > shrink || abs(ht-h.Height) > shrink {
		return nil, fmt.Errorf("%w: %d × %d pixels for %d × %d", ErrCorrupt, w, ht, h.Width, h.Height)
	}
	r.Limited, r.ICC = d.Limited, d.ICC
	for i := range r.Planes {
		r.Planes[i].StepX *= float64(shrink)
		r.Planes[i].StepY *= float64(shrink)
	}
	r.W, r.H = h.Width, h.Height
	return r, nil
}

func abs(x int) int { return max(x, -x) }
