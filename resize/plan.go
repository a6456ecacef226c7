package resize

import (
	"image"
	"math"

	"github.com/imgorigin/imgorigin/resize/mount"
)

// A Plan is the geometry of a variant: the part of the upright original that is used, the size that it is scaled to,
// and its place on the canvas. Nothing is enlarged unless that is asked for, and no side is longer than the format of the variant can hold.
type Plan struct {
	Crop   image.Rectangle // of the upright original, pixels
	Size   image.Point     // of the scaled Crop
	Inner  image.Point     // size of the canvas; larger than Size only for Contain
	Offset image.Point     // of the scaled Crop on the canvas
	Canvas image.Point     // size of the variant: that of the canvas, turned and with its margin
}

// PlanFor returns the plan of t for an original that is displayed at w × h pixels. For a crop that looks at the image it
// calls choose, which returns the best place of a window of some size within part; one side of the window is as long as
// that of part. A nil choose keeps the center.
func PlanFor(t Transform, w, h int, choose func(part image.Rectangle, window image.Point) image.Point) (Plan, error) {
	part := image.Rect(0, 0, w, h)
	if r := t.Rect; r != (Rect{}) {
		part = part.Intersect(image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
		if part.Empty() {
			return Plan{}, ErrRect
		}
	}
	t = t.Normal().reduced().unmounted()
	pw, ph := float64(part.Dx()), float64(part.Dy())
	bw, bh := float64(t.Width), float64(t.Height)
	if t.Width == 0 {
		bw = math.Inf(1)
	}
	if t.Height == 0 {
		bh = math.Inf(1)
	}
	most := 1. // times larger
	if t.Enlarge {
		most = math.Inf(1)
	}

	plan := Plan{Crop: part}
	switch t.Fit {
	case Cover:
		// The largest window of the ratio of the box is scaled to the box, or one that is smaller by the zoom.
		k := min(pw/bw, ph/bh)
		if t.Zoom != 0 {
			k *= 100 / float64(t.Zoom)
		}
		window := image.Pt(round(k*bw, part.Dx()), round(k*bh, part.Dy()))
		plan.Crop = place(t, part, window, choose)
		plan.Size = scaled(bw, bh, min(1, k*most))
	case Fill:
		plan.Size = scaled(bw, bh, min(1, most*pw/bw, most*ph/bh))
	case Outside:
		plan.Size = scaled(pw, ph, min(most, max(bw/pw, bh/ph)))
	default: // Inside, Contain
		plan.Size = scaled(pw, ph, min(most, bw/pw, bh/ph))
	}
	plan.Size = shrunk(plan.Size, t.Mount.Room(t.Format.maxSide()))
	if longest := max(part.Dx(), part.Dy()); t.Enlarge {
		plan.Size = shrunk(plan.Size, max(longest, MaxSide))
	}
	plan.Inner = plan.Size
	if t.Fit == Contain {
		plan.Inner = image.Pt(t.Width, t.Height)
		plan.Offset = plan.Inner.Sub(plan.Size).Div(2)
	}
	plan.Canvas = t.Mount.Size(plan.Inner)
	return plan, nil
}

// unmounted returns a transform whose box is that of the canvas before it is turned and gets a margin.
func (t Transform) unmounted() Transform {
	within := func(side, padding int) int {
		if side == 0 {
			return 0
		}
		return max(1, side-padding)
	}
	padding := t.Mount.Padding()
	t.Width, t.Height = within(t.Width, padding.X), within(t.Height, padding.Y)
	if t.Mount.Swaps() {
		t.Width, t.Height = t.Height, t.Width
	}
	for range t.Mount.Angle / mount.QuarterTurn {
		t.Crop = t.Crop.turnedBack()
	}
	return t
}

// turnedBack returns the crop of an image that becomes c when the image is turned by a quarter, clockwise.
func (c Crop) turnedBack() Crop {
	if back, ok := map[Crop]Crop{
		Top: Left, Left: Bottom, Bottom: Right, Right: Top,
		TopLeft: BottomLeft, BottomLeft: BottomRight, BottomRight: TopRight, TopRight: TopLeft,
	}[c]; ok {
		return back
	}
	return c
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
	case t.Crop.Looks() && choose != nil && room != (image.Point{}):
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
