package decode

import (
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// PNG decodes to planes of grey, or of colours that are premultiplied with their alpha.
func PNG(src []byte) (*raster.Image, error) {
	m, err := png.Decode(src)
	if err != nil {
		return nil, err
	}
	return planar(m.Width, m.Height, m.Planes, false, probe.PNGProfile(src)), nil
}

// planar returns a raster of planes of grey alone, of red, green and blue, or of these and alpha.
func planar(width, height int, planes [][]uint8, isPremultiplied bool, icc []byte) *raster.Image {
	r := &raster.Image{W: width, H: height, Planes: planesOf(width, height, planes), Alpha: len(planes) == 4, ICC: icc}
	if len(planes) > 1 {
		r.Space = raster.RGB
	}
	if r.DropOpaque(); r.Alpha && !isPremultiplied {
		r.Premultiply()
	}
	return r
}

// planesOf returns planes of the size of an image.
func planesOf(width, height int, samples [][]uint8) (planes []plane.Plane) {
	for _, pix := range samples {
		planes = append(planes, plane.Plane{Pix: pix, Stride: width, W: width, H: height, StepX: 1, StepY: 1})
	}
	return planes
}
