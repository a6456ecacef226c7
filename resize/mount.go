package resize

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/disintegration/imaging"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// A Mount changes the shape of a variant when its pixels are done, in the order of the fields. Lengths are pixels of the
// variant. The zero value changes nothing.
type Mount struct {
	// Angle turns the variant clockwise, in hundredths of a degree, 0…35999. After quarter turns, its width and height
	// are those that the transform asks for; after other turns, it is as large as the turned image needs.
	Angle int

	// Pad adds a margin in the background: left, top, right, bottom. A box that the transform asks for has room for it.
	Pad [4]int

	// Border is drawn over the edges: left, top, right, bottom.
	Border      [4]int
	BorderColor string // rrggbb or rrggbbaa; "" is none

	// Mask makes transparent what is outside of a shape.
	Mask           Mask   // "" is none
	CornerRadius   int    // of Corners
	MaskBackground string // rrggbb or rrggbbaa, behind the mask; "" is transparent
}

// A Mask is a shape within a variant.
type Mask string

const (
	Ellipse Mask = "ellipse" // as wide and high as the variant
	Corners Mask = "corners" // all of it, except for round corners
)

// quarterTurn is an Angle.
const quarterTurn = 9000

func (f Mount) normal() Mount {
	if f.Border == [4]int{} || f.BorderColor == "" {
		f.Border, f.BorderColor = [4]int{}, ""
	}
	if f.Mask == Corners && f.CornerRadius == 0 {
		f.Mask = ""
	}
	if f.Mask != Corners {
		f.CornerRadius = 0
	}
	if f.Mask == "" {
		f.MaskBackground = ""
	}
	return f
}

// isOblique reports whether the mount has an angle that is not of quarter turns.
func (f Mount) isOblique() bool { return f.Angle%quarterTurn != 0 }

// swaps reports whether the mount exchanges width and height.
func (f Mount) swaps() bool { return f.Angle == quarterTurn || f.Angle == 3*quarterTurn }

// reshapes reports whether the variant may have another size than its canvas.
func (f Mount) reshapes() bool { return f.Angle != 0 || f.Pad != [4]int{} }

// padding returns how many pixels Pad adds in each direction.
func (f Mount) padding() image.Point { return image.Pt(f.Pad[0]+f.Pad[2], f.Pad[1]+f.Pad[3]) }

// size returns the size of a variant whose canvas has some size.
func (f Mount) size(canvas image.Point) image.Point {
	switch {
	case f.isOblique():
		canvas = turnedSize(canvas, f.radians())
	case f.swaps():
		canvas = image.Pt(canvas.Y, canvas.X)
	}
	return canvas.Add(f.padding())
}

func (f Mount) radians() float64 { return float64(f.Angle) * math.Pi / (2 * quarterTurn) }

// turnedSize returns the size of the smallest upright box around a box that is turned.
func turnedSize(size image.Point, radians float64) image.Point {
	sin, cos := math.Sincos(radians)
	w, h := float64(size.X), float64(size.Y)
	const slack = 1e-6 // of floating point, which is not worth a pixel
	return image.Pt(
		max(1, int(math.Ceil(w*math.Abs(cos)+h*math.Abs(sin)-slack))), max(1, int(math.Ceil(w*math.Abs(sin)+h*math.Abs(cos)-slack))))
}

// addsAlpha reports whether the variant of an opaque image may be transparent in places.
func (t Transform) addsAlpha() bool {
	f := t.Effects.Mount
	isMasked := f.Mask != "" && !hexcolor.IsOpaque(f.MaskBackground)
	return isMasked || t.showsBackground() && !hexcolor.IsOpaque(t.Background)
}

// showsBackground reports whether the background of an opaque image is visible.
func (t Transform) showsBackground() bool {
	f := t.Effects.Mount
	return t.Fit == Contain || f.isOblique() || f.Pad != [4]int{}
}

// addsColor reports whether the variant of a grey image may be coloured.
func (t Transform) addsColor() bool {
	e := t.Effects
	isTinted := e.Monochrome != "" || e.Sepia != 0 || e.Duotone != "" || e.Mount.BorderColor != "" || e.Mount.MaskBackground != ""
	return isTinted || t.showsBackground() && !hexcolor.IsGrey(t.Background)
}

// apply returns an image in its mount. It may change m.
func (f Mount) apply(m *image.NRGBA, background string) *image.NRGBA {
	bg := hexcolor.NRGBA(background)
	switch {
	case f.isOblique():
		m = turned(m, f.radians(), bg)
	case f.Angle == quarterTurn:
		m = imaging.Rotate270(m) // counter-clockwise
	case f.Angle == 2*quarterTurn:
		m = imaging.Rotate180(m)
	case f.Angle == 3*quarterTurn:
		m = imaging.Rotate90(m)
	}
	if f.Pad != [4]int{} {
		m = onCanvas(m, m.Rect.Size().Add(f.padding()), image.Pt(f.Pad[0], f.Pad[1]), bg)
	}
	if f.BorderColor != "" {
		f.drawBorder(m)
	}
	if f.Mask != "" {
		f.applyMask(m)
	}
	return m
}

// onCanvas returns an image over a colour.
func onCanvas(m *image.NRGBA, size, at image.Point, c color.NRGBA) *image.NRGBA {
	canvas := image.NewNRGBA(image.Rectangle{Max: size})
	fill(canvas, [4]uint8{c.R, c.G, c.B, c.A})
	draw.Draw(canvas, m.Rect.Add(at), m, image.Point{}, draw.Over)
	return canvas
}

func (f Mount) drawBorder(m *image.NRGBA) {
	r, c := m.Rect, image.NewUniform(hexcolor.NRGBA(f.BorderColor))
	inner := image.Rect(r.Min.X+f.Border[0], r.Min.Y+f.Border[1], r.Max.X-f.Border[2], r.Max.Y-f.Border[3])
	if inner.Min.X >= inner.Max.X || inner.Min.Y >= inner.Max.Y {
		draw.Draw(m, r, c, image.Point{}, draw.Over)
		return
	}
	for _, side := range []image.Rectangle{
		image.Rect(r.Min.X, r.Min.Y, r.Max.X, inner.Min.Y), image.Rect(r.Min.X, inner.Max.Y, r.Max.X, r.Max.Y),
		image.Rect(r.Min.X, inner.Min.Y, inner.Min.X, inner.Max.Y), image.Rect(inner.Max.X, inner.Min.Y, r.Max.X, inner.Max.Y),
	} {
		draw.Draw(m, side, c, image.Point{}, draw.Over)
	}
}
