package resize

import (
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// decodeTIFF decodes the first image of a file as it is stored.
func decodeTIFF(src []byte, h Header) (*raster.Image, error) {
	m, err := tiff.Decode(src, probe.Pixels(h.Width, h.Height))
	if err != nil {
		return nil, err
	}
	if m.Inks {
		return &raster.Image{W: m.Width, H: m.Height, Space: raster.CMYK, Planes: planesOf(m.Width, m.Height, m.Planes), ICC: m.ICC}, nil
	}
	return planar(m.Width, m.Height, m.Planes, m.Premultiplied, m.ICC), nil
}
