package resize

import (
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// decodeTIFF decodes the first image of a file as it is stored.
func decodeTIFF(src []byte, h Header) (*raster, error) {
	m, err := tiff.Decode(src, probe.Pixels(h.Width, h.Height))
	if err != nil {
		return nil, err
	}
	if m.Inks {
		return &raster{w: m.Width, h: m.Height, space: cmyk, planes: planesOf(m.Width, m.Height, m.Planes), icc: m.ICC}, nil
	}
	return planar(m.Width, m.Height, m.Planes, m.Premultiplied, m.ICC), nil
}
