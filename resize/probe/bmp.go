package probe

import (
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/bmp"
)

// BMP reads the header as the decoder does.
func BMP(src []byte) (Header, error) {
	h := initial()
	var err error
	h.Width, h.Height, err = bmp.DecodeConfig(src)
	return h, bitmapError(err)
}

// bitmapError makes an error of package bmp about a header match one of this package.
func bitmapError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bmp.ErrShort):
		return ErrShort
	case errors.Is(err, bmp.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
