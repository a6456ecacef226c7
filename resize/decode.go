package resize

import (
	"context"
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/bmp"
	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// decode returns the image, or the first frame of an animation, as it is stored: neither rotated nor converted. A
// decoder may return a reduced image where that loses nothing, as long as it stays somewhat above the ratio of the
// demand.
func (e *Portable) decode(src []byte, h Header, want demand) (r *raster, err error) {
	if codec, ok := e.decodes[h.Format]; ok {
		d, err := codec.Decode(src, want.ratio)
		if err != nil {
			return nil, corrupt(err)
		}
		return d.raster(h)
	}
	switch h.Format {
	case JPEG:
		r, err = decodeJPEG(src, want, e.config.Lenient)
	case PNG:
		r, err = decodePNG(src)
	case GIF:
		r, err = decodeGIF(src)
	case WebP:
		r, err = e.decodeWebP(src, h)
	case BMP:
		r, err = decodeBMP(src)
	case TIFF:
		r, err = decodeTIFF(src, h)
	case ICO:
		r, err = decodeICO(src)
	default:
		return nil, refusal(h.Format)
	}
	if err != nil {
		return nil, corrupt(err)
	}
	return r, nil
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

func decodeBMP(src []byte) (*raster, error) {
	m, err := bmp.Decode(src)
	if err != nil {
		return nil, err
	}
	r := fromImage(m)
	r.icc = bmp.Profile(src)
	return r, nil
}

// decodeGIF decodes the first frame.
func decodeGIF(src []byte) (*raster, error) {
	m, err := gif.Decode(src)
	if err != nil {
		return nil, err
	}
	return fromImage(m), nil
}
