package decode

import (
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/tiff"
)

// TIFF decodes the first image of a file, whose header claims a width and a height.
func TIFF(src []byte, width, height int) (*raster.Image, error) {
	m, err := tiff.Decode(src, probe.Pixels(width, height))
	if err != nil {
		return nil, err
	}
	if m.Inks {
		return &raster.Image{W: m.Width, H: m.Height, Space: raster.CMYK, Planes: planesOf(m.Width, m.Height, m.Planes), ICC: m.ICC}, nil
	}
	return planar(m.Width, m.Height, m.Planes, m.Premultiplied, m.ICC), nil
}
