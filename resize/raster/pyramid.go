package raster

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// A Pyramid is an image and its halvings, each of which is made when it is first needed, so that variants in many sizes
// share them.
type Pyramid struct {
	levels      []*Image
	orientation int
	last        rendering // kept for the next call, which may want the same in another format
}

// NewPyramid returns the pyramid of an image with an orientation of EXIF: 1…8.
func NewPyramid(m *Image, orientation int) *Pyramid {
	return &Pyramid{levels: []*Image{m}, orientation: orientation}
}

// Stored returns the image as it is stored.
func (p *Pyramid) Stored() *Image { return p.levels[0] }

// A rendering is the pixels of a variant. Nobody modifies it.
type rendering struct {
	crop   image.Rectangle
	size   image.Point
	chroma int
	pixels *Image
}

// LevelMargin is how many times larger than the result the level must be that it is resampled from. With less, the
// averaging of the halvings is visible as softness.
const LevelMargin = 2

// level returns the smallest level that keeps the margin when its samples are reduced by ratio.
func (p *Pyramid) level(ratio float64) *Image {
	ratio /= p.levels[0].Planes[0].StepX // a JPEG may have been decoded at a reduced scale
	n := 0
	for ratio >= 2*LevelMargin {
		ratio /= 2
		n++
	}
	for len(p.levels) <= n {
		last := p.levels[len(p.levels)-1]
		half := *last
		half.Planes = make([]plane.Plane, len(last.Planes))
		for i, channel := range last.Planes {
			half.Planes[i] = plane.Halve(channel)
		}
		p.levels = append(p.levels, &half)
	}
	return p.levels[n]
}

// Displayed returns the size of the image, with its orientation applied.
func (p *Pyramid) Displayed() (w, h int) {
	whole := p.levels[0]
	if p.orientation >= 5 {
		return whole.H, whole.W
	}
	return whole.W, whole.H
}

// Render returns a part of the upright image, scaled. Chroma planes have a sample for each square of chroma × chroma pixels. The next
// call may return the same image, so nobody modifies it.
func (p *Pyramid) Render(crop image.Rectangle, size image.Point, chroma int) *Image {
	if p.last.pixels == nil || p.last.crop != crop || p.last.size != size || p.last.chroma != chroma {
		p.last.pixels = nil // so that its memory is free before the next one takes some
		p.last = rendering{crop, size, chroma, p.resampled(crop, size, chroma)}
	}
	return p.last.pixels
}

func (p *Pyramid) resampled(crop image.Rectangle, size image.Point, chroma int) *Image {
	ratioX := float64(crop.Dx()) / float64(size.X)
	ratioY := float64(crop.Dy()) / float64(size.Y)
	from := p.level(min(ratioX, ratioY))
	out := *from
	out.W, out.H, out.X, out.Y = size.X, size.Y, 0, 0
	out.Planes = make([]plane.Plane, len(from.Planes))
	var resampler plane.Resampler
	for i, channel := range from.Planes {
		every := 1
		if from.Space == YCC && (i == 1 || i == 2) {
			every = chroma
		}
		x := plane.Grid{
			N: (size.X + every - 1) / every, Start: float64(crop.Min.X), Step: ratioX * float64(every),
		}
		y := plane.Grid{
			N: (size.Y + every - 1) / every, Start: float64(crop.Min.Y), Step: ratioY * float64(every),
		}
		out.Planes[i] = p.resampleStored(&resampler, channel, x, y)
	}
	if out.Limited {
		out.toFullRange()
	}
	return &out
}

// resampleStored resamples a plane on grids over the upright image. It converts them to grids over the image as it is
// stored, so that rotating and mirroring cost nothing.
func (p *Pyramid) resampleStored(r *plane.Resampler, channel plane.Plane, x, y plane.Grid) plane.Plane {
	o, whole := p.orientation, p.levels[0]
	transposed := o >= 5
	if transposed {
		x, y = y, x
	}
	if o == 2 || o == 3 || o == 7 || o == 8 {
		x = x.Mirrored(float64(whole.W))
	}
	if o == 3 || o == 4 || o == 6 || o == 7 {
		y = y.Mirrored(float64(whole.H))
	}
	x.Start -= float64(whole.X)
	y.Start -= float64(whole.Y)
	return r.Resample(channel, x, y, transposed)
}
