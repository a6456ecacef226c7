package resize

import (
	"image"
	"math"
)

// A Plan is the geometry of a variant: the part of the upright original that is used, the size that it is scaled to,
// and its place on the canvas. Nothing is ever enlarged, and no side is longer than the format of the variant can hold.
type Plan struct {
	Crop   image.Rectangle // of the upright original, pixels
	Size   image.Point     // of the scaled Crop
	Canvas image.Point     // size of the variant; larger than Size only for Contain
	Offset image.Point     // of the scaled Crop on the canvas
}

// PlanFor returns the plan of t for an original that is displayed at w × h pixels. For the crops [Smart] and [Faces]
// it calls choose, which returns the best place of a window of some size within part; one side of the window is as long as
// that of part. A nil choose keeps the center.
func PlanFor(t Transform, w, h int, choose func(part image.Rectangle, window image.Point) image.Point) (Plan, error) {
	part := image.Rect(0, 0, w, h)
	if r := t.Rect; r != (Rect{}) {
		part = part.Intersect(image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
		if part.Empty() {
			return Plan{}, ErrRect
		}
	}
	t = t.Normal().reduced()
	pw, ph := float64(part.Dx()), float64(part.Dy())
	bw, bh := float64(t.Width), float64(t.Height)
	if t.Width == 0 {
		bw = math.Inf(1)
	}
	if t.Height == 0 {
		bh = math.Inf(1)
	}

	plan := Plan{Crop: part}
	switch t.Fit {
	case Cover:
		// The largest window of the ratio of the box is scaled down to the box.
		k := min(pw/bw, ph/bh)
		window := image.Pt(round(k*bw, part.Dx()), round(k*bh, part.Dy()))
		plan.Crop = place(t, part, window, choose)
		plan.Size = scaled(bw, bh, min(1, k))
	case Fill:
		plan.Size = scaled(bw, bh, min(1, pw/bw, ph/bh))
	case Outside:
		plan.Size = scaled(pw, ph, min(1, max(bw/pw, bh/ph)))
	default: // Inside, Contain
		plan.Size = scaled(pw, ph, min(1, bw/pw, bh/ph))
	}
	plan.Size = shrunk(plan.Size, t.Format.maxSide())
	plan.Canvas = plan.Size
	if t.Fit == Contain {
		plan.Canvas = image.Pt(t.Width, t.Height)
		plan.Offset = plan.Canvas.Sub(plan.Size).Div(2)
	}
	return plan, nil
}

// shrunk returns a size with its ratio and no side longer than most. A transform asks for such a size only by leaving a
// side open, since [MaxSide] is less than what any format holds: so it asked for none exactly.
func shrunk(size image.Point, most int) image.Point {
	longest := max(size.X, size.Y)
	if longest <= most {
		return size
	}
	return scaled(float64(size.X), float64(size.Y), float64(most)/float64(longest))
}

// scaled returns w × h times k, in whole pixels.
func scaled(w, h, k float64) image.Point {
	return image.Pt(max(1, int(math.Floor(w*k+0.5))), max(1, int(math.Floor(h*k+0.5))))
}

// round returns the whole number nearest to x, at least 1 and at most most.
func round(x float64, most int) int { return min(max(1, int(math.Floor(x+0.5))), most) }

// place returns a window of some size within part, where the crop of the transform wants it.
func place(
	t Transform, part image.Rectangle, window image.Point, choose func(image.Rectangle, image.Point) image.Point,
) image.Rectangle {
	room := part.Size().Sub(window)
	at := part.Min
	switch x, y := anchor(t.Crop); {
	case t.Crop.looks() && choose != nil && room != (image.Point{}):
		at = choose(part, window)
		at.X = min(max(at.X, part.Min.X), part.Min.X+room.X)
		at.Y = min(max(at.Y, part.Min.Y), part.Min.Y+room.Y)
	case t.Crop == Focal:
		at.X += centered(t.Focus.X, part.Dx(), window.X)
		at.Y += centered(t.Focus.Y, part.Dy(), window.Y)
	default:
		at.X += room.X * x / 2
		at.Y += room.Y * y / 2
	}
	return image.Rectangle{Min: at, Max: at.Add(window)}
}

// centered returns where a window begins that is centered at the fraction f of length, as far as the ends allow.
func centered(f float64, length, window int) int {
	at := int(math.Floor(f*float64(length) - float64(window)/2 + 0.5))
	return min(max(0, at), length-window)
}

// anchor returns how much of the room beside the window lies left of it and above it, in halves.
func anchor(c Crop) (x, y int) {
	x, y = 1, 1
	switch c {
	case Left, TopLeft, BottomLeft:
		x = 0
	case Right, TopRight, BottomRight:
		x = 2
	}
	switch c {
	case Top, TopLeft, TopRight:
		y = 0
	case Bottom, BottomLeft, BottomRight:
		y = 2
	}
	return x, y
}
