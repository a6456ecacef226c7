// Package trim finds the edges of one colour around an image, such as the white around a scanned photograph, which a variant can do
// without.
package trim

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
	By        By     // "" is none
	Color     string // rrggbb, that is cut off by color; "" is that of the top left corner
	Tolerance int    // levels by which a channel may differ; 0 is 10
	Pad       int    // pixels of the original that are left on each side
}

// By is what tells an edge from the rest.
type By string

const (
	Auto  By = "auto"  // alpha if the corner at the top left is transparent, else color
	Color By = "color" // of the corner, or Trim.Color
	Alpha By = "alpha"
)

const defaultTolerance = 10

// Normal returns t without what makes no difference.
func (t Trim) Normal() Trim {
	if t.By == "" {
		return Trim{}
	}
	if t.By == Alpha {
		t.Color = ""
	}
	if t.Tolerance == defaultTolerance {
		t.Tolerance = 0
	}
	return t
}

// Rest returns the smallest rectangle in a part of a stored image that holds all that is not its edge. It is empty if nothing is left.
// The planes are compared as they are: luma and chroma of a JPEG, and colours that are premultiplied.
func (t Trim) Rest(r *raster.Image, part image.Rectangle) (rest image.Rectangle) {
	tolerance := t.Tolerance
	if tolerance == 0 {
		tolerance = defaultTolerance
	}
	edges := t.edges(r, part.Min)
	isByAlpha := t.By == Alpha
	if r.Alpha && t.By == Auto && t.Color == "" {
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

// edges returns the samples of the colour that is cut off, one of each plane: that of a corner, unless t names a colour and
// the planes are of light.
func (t Trim) edges(r *raster.Image, corner image.Point) []int {
	edges := make([]int, len(r.Planes))
	for i, channel := range r.Planes {
		at := samples(r, channel, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(1, 1))})
		edges[i] = int(channel.Row(at.Min.Y)[at.Min.X])
	}
	if t.Color == "" || r.Space == raster.CMYK || r.Space == raster.YCCK {
		return edges
	}
	c := hexcolor.NRGBA(t.Color)
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
		for first < area.Max.X && distance(int(row[first]), edge) <= tolerance {
			first++
		}
		if first == area.Max.X {
			continue
		}
		last := area.Max.X - 1
		for distance(int(row[last]), edge) <= tolerance {
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

func distance(a, b int) int { return max(a, b) - min(a, b) }
