package resize

import (
	"image"
	"image/color"

	"github.com/disintegration/imaging"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// finish returns a rendering as an image, with its colours converted, blurred, with effects, on its background and canvas, in its
// mount, and with its mark.
func (p *pyramid) finish(r *raster, plan Plan, t Transform) *image.NRGBA {
	m := p.colored(r)
	if t.Blur != 0 {
		m = blurred(m, t.Blur)
	}
	m = t.Effects.apply(m)
	if t.Fit == Contain {
		m = onCanvas(m, plan.Inner, plan.Offset, hexcolor.NRGBA(t.Background))
	}
	m = t.Effects.Mount.apply(m, t.Background)
	if t.Format == JPEG && (r.alpha || t.addsAlpha()) {
		m = onCanvas(m, m.Rect.Size(), image.Point{}, opaque(hexcolor.NRGBA(t.Background)))
	}
	p.lay(m, t.Mark)
	return m
}

// opaque returns a colour over white.
func opaque(c color.NRGBA) color.NRGBA {
	p := [4]uint8{c.R, c.G, c.B, c.A}
	over(p[:], color.NRGBA{255, 255, 255, 255})
	return color.NRGBA{p[0], p[1], p[2], 255}
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
