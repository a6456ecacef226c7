// Package mount puts an image that is otherwise finished in a shape of its own: turned, with a margin, a border and a mask, as a
// photograph is put in a frame.
//
//	image ─► Angle ─► Pad ─► Border ─► Mask
//
// [Mount.Size] computes the size of the result before there are any pixels.
package mount

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

// QuarterTurn is an Angle.
const QuarterTurn = 9000

// Normal returns f without what makes no difference.
func (f Mount) Normal() Mount {
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

// IsOblique reports whether the mount has an angle that is not of quarter turns.
func (f Mount) IsOblique() bool { return f.Angle%QuarterTurn != 0 }

// Swaps reports whether the mount exchanges width and height.
func (f Mount) Swaps() bool { return f.Angle == QuarterTurn || f.Angle == 3*QuarterTurn }

// Reshapes reports whether the variant may have another size than its canvas.
func (f Mount) Reshapes() bool { return f.Angle != 0 || f.Pad != [4]int{} }

// Padding returns how many pixels Pad adds in each direction.
func (f Mount) Padding() image.Point { return image.Pt(f.Pad[0]+f.Pad[2], f.Pad[1]+f.Pad[3]) }

// Size returns the size of a variant whose canvas has some size.
func (f Mount) Size(canvas image.Point) image.Point {
	switch {
	case f.IsOblique():
		canvas = turnedSize(canvas, f.radians())
	case f.Swaps():
		canvas = image.Pt(canvas.Y, canvas.X)
	}
	return canvas.Add(f.Padding())
}

// Room returns how long a side may be so that the variant has none longer than most.
func (f Mount) Room(most int) int {
	padding := f.Padding()
	most -= max(padding.X, padding.Y)
	if f.IsOblique() {
		return int(float64(most)/math.Sqrt2) - 1
	}
	return most
}

func (f Mount) radians() float64 { return float64(f.Angle) * math.Pi / (2 * QuarterTurn) }

// turnedSize returns the size of the smallest upright box around a box that is turned.
func turnedSize(size image.Point, radians float64) image.Point {
	sin, cos := math.Sincos(radians)
	w, h := float64(size.X), float64(size.Y)
	const slack = 1e-6 // of floating point, which is not worth a pixel
	return image.Pt(
		max(1, int(math.Ceil(w*math.Abs(cos)+h*math.Abs(sin)-slack))), max(1, int(math.Ceil(w*math.Abs(sin)+h*math.Abs(cos)-slack))))
}

// Apply returns an image in its mount, on a background of a colour as transforms have it. It may change m.
func (f Mount) Apply(m *image.NRGBA, background string) *image.NRGBA {
	bg := hexcolor.NRGBA(background)
	switch {
	case f.IsOblique():
		m = turned(m, f.radians(), bg)
	case f.Angle == QuarterTurn:
		m = imaging.Rotate270(m) // counter-clockwise
	case f.Angle == 2*QuarterTurn:
		m = imaging.Rotate180(m)
	case f.Angle == 3*QuarterTurn:
		m = imaging.Rotate90(m)
	}
	if f.Pad != [4]int{} {
		m = OnCanvas(m, m.Rect.Size().Add(f.Padding()), image.Pt(f.Pad[0], f.Pad[1]), bg)
	}
	if f.BorderColor != "" {
		f.drawBorder(m)
	}
	if f.Mask != "" {
		f.applyMask(m)
	}
	return m
}

// OnCanvas returns a canvas of a colour and some size with an image over it, at a place.
func OnCanvas(m *image.NRGBA, size, at image.Point, c color.NRGBA) *image.NRGBA {
	canvas := image.NewNRGBA(image.Rectangle{Max: size})
	for i := 0; i < len(canvas.Pix); i += 4 {
		canvas.Pix[i], canvas.Pix[i+1], canvas.Pix[i+2], canvas.Pix[i+3] = c.R, c.G, c.B, c.A
	}
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

// Flatten returns an image on an opaque canvas of its size, for formats without alpha: of a colour, over white if that is transparent.
func Flatten(m *image.NRGBA, c color.NRGBA) *image.NRGBA {
	return OnCanvas(m, m.Rect.Size(), image.Point{}, opaque(c))
}

// opaque returns a colour over white.
func opaque(c color.NRGBA) color.NRGBA {
	p := [4]uint8{c.R, c.G, c.B, c.A}
	over(p[:], color.NRGBA{255, 255, 255, 255})
	return color.NRGBA{p[0], p[1], p[2], 255}
}
