package resize

import (
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// decodePNG decodes to planes of grey, or of colours that are premultiplied with their alpha.
func decodePNG(src []byte) (*raster, error) {
	m, err := png.Decode(src)
	if err != nil {
		return nil, err
	}
	return planar(m.Width, m.Height, m.Planes, false, probe.PNGProfile(src)), nil
}

// planar returns a raster of planes of grey alone, of red, green and blue, or of these and alpha.
func planar(width, height int, planes [][]uint8, isPremultiplied bool, icc []byte) *raster {
	r := &raster{w: width, h: height, planes: planesOf(width, height, planes), alpha: len(planes) == 4, icc: icc}
	if len(planes) > 1 {
		r.space = rgb
	}
	if r.dropOpaque(); r.alpha && !isPremultiplied {
		r.premultiply()
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
