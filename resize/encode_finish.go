package resize

import (
	"image"
	"image/color"
	"strconv"

	"github.com/disintegration/imaging"
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
		m = onCanvas(m, plan.Inner, plan.Offset, colorOf(t.Background))
	}
	m = t.Effects.Mount.apply(m, t.Background)
	if t.Format == JPEG && (r.alpha || t.addsAlpha()) {
		m = onCanvas(m, m.Rect.Size(), image.Point{}, opaque(colorOf(t.Background)))
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

// colorOf parses the rrggbb or rrggbbaa of a transform that was validated.
func colorOf(hex string) color.NRGBA {
	alpha := uint64(255)
	if len(hex) == 8 {
		alpha, _ = strconv.ParseUint(hex[6:], 16, 8)
		hex = hex[:6]
	}
	v, err := strconv.ParseUint(hex, 16, 24)
	if err != nil {
		return color.NRGBA{255, 255, 255, 255}
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), uint8(alpha)}
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
