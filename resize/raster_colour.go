package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// takeColors decides what the colours of a raster of a file mean: what its ICC profile says, or its code points, or a gamma.
func (p *pyramid) takeColors(r *raster, src []byte) {
	p.takeProfile(r)
	h := p.header
	if r.icc == nil || h.Format == PNG && h.colours != (colour.CodePoints{}) { // PNG prefers them to an ICC profile
		p.carried = nil
		p.profile = h.colours.Profile()
	}
	if h.Format == PNG {
		if gamma, primaries, ok := probe.PNGGamma(src); ok {
			p.profile = colour.FromGamma(gamma, primaries, r.space == grey)
		}
	}
}

// takeProfile decides what is done with the ICC profile of a raster: it is converted from, or goes along with the
// variants, or is dropped because it makes no difference. A profile of inks never goes along, since no variant is CMYK.
func (p *pyramid) takeProfile(r *raster) {
	if r.icc == nil {
		return
	}
	if r.space == cmyk || r.space == ycck {
		p.inks, _ = colour.ParseInks(r.icc)
		return
	}
	parsed, ok := colour.ParseProfile(r.icc)
	switch isGrey := r.space == grey; {
	case ok && !parsed.IsSRGB() && parsed.IsGrey() == (isGrey || r.greyFile):
		p.profile = parsed
	case ok: // it changes nothing, or is not for this image
	case isGrey && colour.Space(r.icc) == colour.Grey, !isGrey && !r.greyFile && colour.Space(r.icc) == colour.RGB:
		p.carried = r.icc
	}
}

// colored returns a rendering in sRGB, or in the colours of the profile that goes along.
func (p *pyramid) colored(r *raster) *image.NRGBA {
	if p.inks != nil {
		return r.printed(p.inks)
	}
	m := r.nrgba()
	if p.profile != nil {
		p.profile.Apply(m.Pix)
	}
	return m
}

// printed is like nrgba for a raster of inks whose colours are known.
func (r *raster) printed(inks *colour.Inks) *image.NRGBA {
	if r.space == ycck {
		return r.printedYCCK(inks)
	}
	flip := uint8(0)
	if r.inverted {
		flip = 255
	}
	m := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
	for y := range r.h {
		c, mg, ye, k := r.planes[0].Row(y), r.planes[1].Row(y), r.planes[2].Row(y), r.planes[3].Row(y)
		row := m.Pix[y*m.Stride:][:4*r.w]
		for x := range c {
			q := row[4*x : 4*x+4 : 4*x+4]
			q[0], q[1], q[2] = inks.Convert([4]uint8{c[x] ^ flip, mg[x] ^ flip, ye[x] ^ flip, k[x] ^ flip})
			q[3] = 255
		}
	}
	return m
}

// printedYCCK converts the three inks from Y, Cb and Cr first, as if they were light.
func (r *raster) printedYCCK(inks *colour.Inks) *image.NRGBA {
	light := *r
	light.space, light.planes = ycc, r.planes[:3]
	m := light.nrgba()
	for y := range r.h {
		row := m.Pix[y*m.Stride:][:4*r.w]
		for x, k := range r.planes[3].Row(y) {
			q := row[4*x : 4*x+4 : 4*x+4]
			q[0], q[1], q[2] = inks.Convert([4]uint8{q[0], q[1], q[2], ^k})
		}
	}
	return m
}
