package resize

import (
	"image"
	"math"

	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// A demand is what transforms need of the decoded image.
type demand struct {
	ratio float64         // how many times smaller than stored the least reduced variant is
	part  image.Rectangle // of the stored image, which holds all pixels that they use; a decoder may return more
}

// demand returns what transforms need together. A crop that looks at the image needs all of it, and so does a trim, in its
// own size.
func (h Header) demand(ts []Transform) demand {
	d := demand{ratio: math.Inf(1)}
	w, ht := h.Displayed()
	whole := image.Rect(0, 0, w, ht)
	for _, t := range ts {
		choose := func(part image.Rectangle, _ image.Point) image.Point {
			d.part = whole
			return part.Min
		}
		plan, err := PlanFor(h.inDrawing(t), w, ht, choose)
		if err != nil {
			continue // the transform is refused later
		}
		if t.Trim.By != "" {
			d.part, d.ratio = whole, min(d.ratio, 1)
		}
		x, y := float64(plan.Crop.Dx())/float64(plan.Size.X), float64(plan.Crop.Dy())/float64(plan.Size.Y)
		d.ratio = min(d.ratio, x, y)
		d.part = d.part.Union(reached(plan.Crop, x, y))
	}
	d.part = h.stored(d.part.Intersect(whole))
	return d
}

// Covers reports whether the decoded image that the transforms ts need is enough for t too.
func (h Header) Covers(ts []Transform, t Transform) bool {
	if h.Width == 0 || h.Frames > 1 { // it was not probed, or all variants of it are made together, frame by frame
		return false
	}
	have, want := h.demand(ts), h.demand([]Transform{t})
	if !want.part.In(have.part) {
		return false
	}
	if h.Format == JPEG {
		return jpeg.ScaleFor(want.ratio, decode.JPEGMargin) <= jpeg.ScaleFor(have.ratio, decode.JPEGMargin)
	}
	return want.ratio >= have.ratio
}

// reached returns the part of the upright image that filters may read for a crop which is reduced by x and y.
//
// A level of the pyramid has at least a sample for each 1/decode.JPEGMargin of the reduction, and chroma has a sample for
// four of those. The filter reads three of them to each side. With the halvings that lie across the edge this makes
// 12.9 times the reduction; the result has room for 16. It is aligned so that the samples of three halvings are whole.
func reached(crop image.Rectangle, x, y float64) image.Rectangle {
	const align = 8 << 4
	mx, my := int(math.Ceil(16*max(x, 1))), int(math.Ceil(16*max(y, 1))) // enlarging filters reach as far as those of the same size
	down := func(v int) int { return max(v, 0) / align * align }
	up := func(v int) int { return (v + align - 1) / align * align }
	return image.Rect(down(crop.Min.X-mx), down(crop.Min.Y-my), up(crop.Max.X+mx), up(crop.Max.Y+my))
}

// stored converts a part of the upright image into one of the image as it is stored.
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

// upright converts a part of the image as it is stored into one of the upright image.
func (h Header) upright(r image.Rectangle) image.Rectangle {
	o := h.Orientation
	if o == 2 || o == 3 || o == 7 || o == 8 {
		r.Min.X, r.Max.X = h.Width-r.Max.X, h.Width-r.Min.X
	}
	if o == 3 || o == 4 || o == 6 || o == 7 {
		r.Min.Y, r.Max.Y = h.Height-r.Max.Y, h.Height-r.Min.Y
	}
	if o >= 5 {
		r = image.Rect(r.Min.Y, r.Min.X, r.Max.Y, r.Max.X)
	}
	return r
}
