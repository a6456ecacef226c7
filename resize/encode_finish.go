package resize

import (
	"image"
	"image/color"
	"image/draw"
	"strconv"

	"github.com/disintegration/imaging"
)

// finish returns a rendering as an image, with its colours converted, blurred, with effects, on its background and canvas, and with
// its mark.
func (p *pyramid) finish(r *raster, plan Plan, t Transform) *image.NRGBA {
	m := p.colored(r)
	if t.Blur != 0 {
		m = blurred(m, t.Blur)
	}
	m = t.Effects.apply(m)
	if t.Fit == Contain || r.alpha && t.Format == JPEG {
		canvas := image.NewNRGBA(image.Rectangle{Max: plan.Canvas})
		draw.Draw(canvas, canvas.Rect, image.NewUniform(colorOf(t.Background)), image.Point{}, draw.Src)
		draw.Draw(canvas, m.Rect.Add(plan.Offset), m, image.Point{}, draw.Over)
		m = canvas
	}
	p.lay(m, t.Mark)
	return m
}

// colorOf parses the rrggbb of a transform that was validated.
func colorOf(hex string) color.NRGBA {
	v, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		return color.NRGBA{255, 255, 255, 255}
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

func isGreyColor(hex string) bool {
	c := colorOf(hex)
	return c.R == c.G && c.G == c.B
}

// blurred returns an image blurred by a Gaussian filter, whose time grows with sigma. A wide filter leaves nothing that
// a reduced image could not hold; so the image is reduced, filtered and enlarged again.
func blurred(m *image.NRGBA, sigma float64) *image.NRGBA {
	const widest = 4
	k := int(sigma / widest)
	if w, h := m.Rect.Dx()/max(k, 1), m.Rect.Dy()/max(k, 1); k > 1 && min(w, h) > 1 {
		small := imaging.Resize(m, w, h, imaging.Box)
		return imaging.Resize(imaging.Blur(small, sigma/float64(k)), m.Rect.Dx(), m.Rect.Dy(), imaging.CatmullRom)
	}
	return imaging.Blur(m, sigma)
}
