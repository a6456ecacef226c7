package resize

import (
	"image"
	"math"
)

// A demand is what variants ask of a decoder.
type demand struct {
	ratio float64         // how many times smaller than stored the least reduced of them is
	part  image.Rectangle // of the stored picture, whose pixels they are made of; a decoder may give more
}

// demand adds up what transforms want of a picture. A smart crop wants to see all of it.
func (h Header) demand(ts []Transform) demand {
	d := demand{ratio: math.Inf(1)}
	w, ht := h.Displayed()
	whole := image.Rect(0, 0, w, ht)
	for _, t := range ts {
		look := func(part image.Rectangle, _ image.Point) image.Point {
			d.part = whole
			return part.Min
		}
		plan, err := PlanFor(t, w, ht, look)
		if err != nil {
			continue // it will be told so
		}
		x, y := float64(plan.Crop.Dx())/float64(plan.Size.X), float64(plan.Crop.Dy())/float64(plan.Size.Y)
		d.ratio = min(d.ratio, x, y)
		d.part = d.part.Union(reached(plan.Crop, x, y))
	}
	d.part = h.stored(d.part.Intersect(whole))
	return d
}

// reached returns what a filter may read for a crop that is reduced so much. A level of the pyramid has a sample for
// each 1/decodeMargin of the reduction at least, chroma one for four of those, and the filter reads lobes of them; it
// makes 12.9 with the halves that lie across the edge. Where it begins leaves the
// samples of three halvings whole.
func reached(crop image.Rectangle, x, y float64) image.Rectangle {
	const align = 8 << 4
	mx, my := int(math.Ceil(16*x)), int(math.Ceil(16*y))
	down := func(v int) int { return max(v, 0) / align * align }
	up := func(v int) int { return (v + align - 1) / align * align }
	return image.Rect(down(crop.Min.X-mx), down(crop.Min.Y-my), up(crop.Max.X+mx), up(crop.Max.Y+my))
}

// stored turns a part of the upright picture into one of the picture as it is stored.
func (h Header) stored(r image.Rectangle) image.Rectangle {
	o := h.Orientation
	if o >= 5 {
		r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
	}
	if o == 2 || o == 3 || o == 7 || o == 8 {
		r.Min.X, r.Max.X = h.Width-r.Max.X, h.Width-r.Min.X
	}
	if o == 3 || o == 4 || o == 6 || o == 7 {
		r.Min.Y, r.Max.Y = h.Height-r.Max.Y, h.Height-r.Min.Y
	}
	return r
}
