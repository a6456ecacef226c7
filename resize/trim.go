package resize

import (
	"image"
	"image/color"
	"math"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// A Trim cuts edges of one colour off the original, or off the rectangle that is used of it.
type Trim struct {
	By        TrimBy // "" is none
	Color     string // rrggbb, that is cut off by color; "" is that of the top left corner
	Tolerance int    // levels by which a channel may differ; 0 is 10
	Pad       int    // pixels of the original that are left on each side
}

// TrimBy is what tells an edge from the rest.
type TrimBy string

const (
	TrimAuto  TrimBy = "auto"  // alpha if the corner at the top left is transparent, else color
	TrimColor TrimBy = "color" // of the corner, or Trim.Color
	TrimAlpha TrimBy = "alpha"
)

const defaultTolerance = 10

func (t Trim) normal() Trim {
	if t.By == "" {
		return Trim{}
	}
	if t.By == TrimAlpha {
		t.Color = ""
	}
	if t.Tolerance == defaultTolerance {
		t.Tolerance = 0
	}
	return t
}

// trimmed returns a transform with the rectangle that is left in place of its Trim: all of it if nothing would be left.
func (p *pyramid) trimmed(t Transform) Transform {
	if t.Trim.By == "" {
		return t
	}
	w, h := p.Displayed()
	part := image.Rect(0, 0, w, h)
	if r := t.Rect; r != (Rect{}) {
		part = part.Intersect(image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H))
	}
	if rest := inside(p.Stored(), t.Trim, p.header.stored(part)); !rest.Empty() && !part.Empty() {
		r := p.header.upright(rest).Inset(-t.Trim.Pad).Intersect(part)
		t.Rect = Rect{r.Min.X, r.Min.Y, r.Dx(), r.Dy()}
	}
	t.Trim = Trim{}
	return t
}

// inside returns the smallest rectangle of a stored image that holds all that is not its edge. The planes are compared as
// they are: luma and chroma of a JPEG, and colours that are premultiplied.
func inside(r *raster.Image, trim Trim, part image.Rectangle) (rest image.Rectangle) {
	tolerance := trim.Tolerance
	if tolerance == 0 {
		tolerance = defaultTolerance
	}
	edges := edgesOf(r, trim, part.Min)
	isByAlpha := trim.By == TrimAlpha
	if r.Alpha && trim.By == TrimAuto && trim.Color == "" {
		isByAlpha = edges[len(edges)-1] <= tolerance
	}
	for i, channel := range r.Planes {
		isAlpha := r.Alpha && i == len(r.Planes)-1
		switch {
		case !isByAlpha:
			rest = rest.Union(differing(r, channel, part, edges[i], tolerance))
		case isAlpha:
			rest = differing(r, channel, part, 0, tolerance)
		}
	}
	return rest.Intersect(part)
}

// edgesOf returns the samples of the colour that is cut off, one of each plane: that of a corner, unless trim names a colour and
// the planes are of light.
func edgesOf(r *raster.Image, trim Trim, corner image.Point) []int {
	edges := make([]int, len(r.Planes))
	for i, channel := range r.Planes {
		at := samples(r, channel, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(1, 1))})
		edges[i] = int(channel.Row(at.Min.Y)[at.Min.X])
	}
	if trim.Color == "" || r.Space == raster.CMYK || r.Space == raster.YCCK {
		return edges
	}
	c := hexcolor.NRGBA(trim.Color)
	channels := []int{int(c.R), int(c.G), int(c.B), int(c.A)}
	y, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
	switch r.Space {
	case raster.YCC:
		channels = []int{int(y), int(cb), int(cr), int(c.A)}
	case raster.Grey:
		channels = []int{int(y), int(c.A)}
	}
	copy(edges, channels)
	return edges
}

// samples returns which samples of a plane lie in a part of the stored image.
func samples(r *raster.Image, channel plane.Plane, part image.Rectangle) image.Rectangle {
	part = part.Sub(image.Pt(r.X, r.Y))
	down := func(v int, step float64) int { return int(math.Floor(float64(v) / step)) }
	up := func(v int, step float64) int { return int(math.Ceil(float64(v) / step)) }
	return image.Rect(down(part.Min.X, channel.StepX), down(part.Min.Y, channel.StepY),
		up(part.Max.X, channel.StepX), up(part.Max.Y, channel.StepY)).Intersect(image.Rect(0, 0, channel.W, channel.H))
}

// differing returns the smallest rectangle of the stored image with all samples of a part that differ from a level.
func differing(r *raster.Image, channel plane.Plane, part image.Rectangle, edge, tolerance int) image.Rectangle {
	area := samples(r, channel, part)
	found := image.Rectangle{Min: area.Max, Max: area.Min}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := channel.Row(y)
		first := area.Min.X
		for first < area.Max.X && abs(int(row[first])-edge) <= tolerance {
			first++
		}
		if first == area.Max.X {
			continue
		}
		last := area.Max.X - 1
		for abs(int(row[last])-edge) <= tolerance {
			last--
		}
		found.Min.X, found.Max.X = min(found.Min.X, first), max(found.Max.X, last+1)
		found.Min.Y, found.Max.Y = min(found.Min.Y, y), y+1
	}
	if found.Empty() {
		return image.Rectangle{}
	}
	scale := func(v int, step float64) int { return int(float64(v) * step) }
	return image.Rect(scale(found.Min.X, channel.StepX), scale(found.Min.Y, channel.StepY),
		scale(found.Max.X, channel.StepX), scale(found.Max.Y, channel.StepY)).Add(image.Pt(r.X, r.Y))
}
