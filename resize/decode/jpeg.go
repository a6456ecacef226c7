package decode

import (
	"errors"
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// JPEGMargin is how many times larger than the result a JPEG is decoded, at least: less is visible as softness. With
// this margin no photograph was more than 0.001 of SSIM below the result of sharp, whose margin is 1 to 2, at up to 1.6
// times the speed of a margin of 1.25.
const JPEGMargin = 1.17

// JPEG decodes the part of an image that variants need, at the smallest scale that keeps the margin for one that is ratio times smaller
// than the image. An empty part is the whole image; more may be returned. A lenient decoder takes what a damaged file has.
func JPEG(src []byte, ratio float64, part image.Rectangle, lenient bool) (*raster.Image, error) {
	p, err := jpeg.Decode(src, jpeg.DecodeOptions{
		Scale: jpeg.ScaleFor(ratio, JPEGMargin), Crop: part, Lenient: lenient,
	})
	if errors.Is(err, jpeg.ErrUnsupported) {
		return nil, fmt.Errorf("%w: %w", probe.ErrUnsupported, err)
	}
	if err != nil {
		return nil, err
	}
	r := &raster.Image{W: p.Width, H: p.Height, X: p.X, Y: p.Y, Inverted: p.Inverted, ICC: probe.JPEGProfile(src)}
	r.Space = map[jpeg.Model]raster.Space{
		jpeg.Grey: raster.Grey, jpeg.YCbCr: raster.YCC, jpeg.RGB: raster.RGB, jpeg.CMYK: raster.CMYK, jpeg.YCCK: raster.YCCK,
	}[p.Model]
	for _, component := range p.Planes {
		r.Planes = append(r.Planes, repeated(plane.Plane(component), p.Width, p.Height))
	}
	return r, nil
}

// repeated returns chroma of at most two columns in the size of the image, each sample of it repeated. libjpeg, and so browsers,
// do not interpolate these. Other planes are returned as they are.
func repeated(p plane.Plane, w, h int) plane.Plane {
	if p.StepX != 2 || p.W > 2 || p.W != (w+1)/2 {
		return p
	}
	out := plane.New(w, h)
	for y := range h {
		from := p.Row(min(y/int(p.StepY), p.H-1))
		for x := range out.Row(y) {
			out.Row(y)[x] = from[x/2]
		}
	}
	return out
}
