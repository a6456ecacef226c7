package resize

import (
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// decodePNG decodes to planes of grey, or of colours that are premultiplied with their alpha.
func decodePNG(src []byte) (*raster, error) {
	m, err := png.Decode(src)
	if errors.Is(err, png.ErrUnsupported) {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return nil, err
	}
	r := &raster{w: m.Width, h: m.Height, alpha: len(m.Planes) == 4, icc: probe.PNGProfile(src)}
	if len(m.Planes) > 1 {
		r.space = rgb
	}
	for _, pix := range m.Planes {
		r.planes = append(r.planes, plane.Plane{Pix: pix, Stride: r.w, W: r.w, H: r.h, StepX: 1, StepY: 1})
	}
	if r.dropOpaque(); r.alpha {
		r.premultiply()
	}
	return r, nil
}
