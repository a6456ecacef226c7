package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// finish returns a rendering as an image, with its colours converted, blurred, with effects, on its background and canvas, in its
// mount, and with its mark.
func (p *pyramid) finish(r *raster.Image, plan Plan, t Transform) *image.NRGBA {
	m := p.colored(r)
	if t.Blur != 0 {
		m = effects.Blur(m, t.Blur)
	}
	m = t.Effects.Apply(m)
	if t.Fit == Contain {
		m = mount.OnCanvas(m, plan.Inner, plan.Offset, hexcolor.NRGBA(t.Background))
	}
	m = t.Mount.Apply(m, t.Background)
	if t.Format == JPEG && (r.Alpha || t.addsAlpha()) {
		m = mount.Flatten(m, hexcolor.NRGBA(t.Background))
	}
	p.lay(m, t.Mark)
	return m
}

// addsAlpha reports whether the variant of an opaque image may be transparent in places.
func (t Transform) addsAlpha() bool {
	f := t.Mount
	isMasked := f.Mask != "" && !hexcolor.IsOpaque(f.MaskBackground)
	return isMasked || t.showsBackground() && !hexcolor.IsOpaque(t.Background)
}

// showsBackground reports whether the background of an opaque image is visible.
func (t Transform) showsBackground() bool {
	f := t.Mount
	return t.Fit == Contain || f.IsOblique() || f.Pad != [4]int{}
}

// addsColor reports whether the variant of a grey image may be coloured.
func (t Transform) addsColor() bool {
	e := t.Effects
	isTinted := e.Monochrome != "" || e.Sepia != 0 || e.Duotone != "" || t.Mount.BorderColor != "" || t.Mount.MaskBackground != ""
	return isTinted || t.showsBackground() && !hexcolor.IsGrey(t.Background)
}
