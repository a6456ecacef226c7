package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// takeColors decides what the colours of a raster of a file mean: what its ICC profile says, or its code points, or a gamma.
func (p *pyramid) takeColors(r *raster.Image, src []byte) {
	p.takeProfile(r)
	h := p.header
	if r.ICC == nil || h.Format == PNG && h.colours != (colour.CodePoints{}) { // PNG prefers them to an ICC profile
		p.carried = nil
		p.profile = h.colours.Profile()
	}
	if h.Format == PNG {
		if gamma, primaries, ok := probe.PNGGamma(src); ok {
			p.profile = colour.FromGamma(gamma, primaries, r.Space == raster.Grey)
		}
	}
}

// takeProfile decides what is done with the ICC profile of a raster: it is converted from, or goes along with the
// variants, or is dropped because it makes no difference. A profile of inks never goes along, since no variant is CMYK.
func (p *pyramid) takeProfile(r *raster.Image) {
	if r.ICC == nil {
		return
	}
	if r.Space == raster.CMYK || r.Space == raster.YCCK {
		p.inks, _ = colour.ParseInks(r.ICC)
		return
	}
	parsed, ok := colour.ParseProfile(r.ICC)
	switch isGrey := r.Space == raster.Grey; {
	case ok && !parsed.IsSRGB() && parsed.IsGrey() == (isGrey || r.GreyFile):
		p.profile = parsed
	case ok: // it changes nothing, or is not for this image
	case isGrey && colour.Space(r.ICC) == colour.Grey, !isGrey && !r.GreyFile && colour.Space(r.ICC) == colour.RGB:
		p.carried = r.ICC
	}
}

// colored returns a rendering in sRGB, or in the colours of the profile that goes along.
func (p *pyramid) colored(r *raster.Image) *image.NRGBA {
	if p.inks != nil {
		return r.Printed(p.inks)
	}
	m := r.NRGBA()
	if p.profile != nil {
		p.profile.Apply(m.Pix)
	}
	return m
}
