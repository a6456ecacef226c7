package resize

import (
	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/plane"
	"github.com/imgorigin/imgorigin/resize/probe"
)

// A pyramid is a decoded image and its halvings, each of which is made when it is first needed.
type pyramid struct {
	levels      []*raster
	orientation int

	header Header // of the original
	bytes  int    // of the original
	src    []byte // the original, of which all frames are decoded; nil otherwise

	profile *colour.Profile // to convert from; nil if the colours are sRGB
	inks    *colour.Inks    // to convert from, of CMYK; nil if the inks are taken for ideal
	carried []byte          // an ICC profile that can't be converted from, which goes along with the variant

	marks map[string]markImage // of the job, by [Mark.ID]

	last rendering // kept for the next transform, which may want the same in another format
}

// A rendering is the pixels of a variant. Nobody modifies it.
type rendering struct {
	plan   Plan
	chroma int
	raster *raster
}

// newPyramid decodes an image.
func (e *Portable) newPyramid(src []byte, h Header, d demand) (*pyramid, error) {
	r, err := e.decode(src, h, d)
	if err != nil {
		return nil, err
	}
	if h.Format == WebP {
		h.Quality = probe.WebPQuality(src)
	}
	p := &pyramid{levels: []*raster{r}, orientation: h.Orientation, header: h, bytes: len(src), marks: e.marks}
	if h.Frames == 1 {
		p.src = src
	}
	p.takeColors(r, src)
	return p, nil
}

// levelMargin is how many times larger than the result the level must be that it is resampled from. With less, the
// averaging of the halvings is visible as softness.
const levelMargin = 2

// level returns the smallest level that keeps the margin when its samples are reduced by ratio.
func (p *pyramid) level(ratio float64) *raster {
	ratio /= p.levels[0].planes[0].StepX // a JPEG may have been decoded at a reduced scale
	n := 0
	for ratio >= 2*levelMargin {
		ratio /= 2
		n++
	}
	for len(p.levels) <= n {
		last := p.levels[len(p.levels)-1]
		half := *last
		half.planes = make([]plane.Plane, len(last.planes))
		for i, channel := range last.planes {
			half.planes[i] = plane.Halve(channel)
		}
		p.levels = append(p.levels, &half)
	}
	return p.levels[n]
}

// displayed returns the size of the image, with its orientation applied.
func (p *pyramid) displayed() (w, h int) {
	whole := p.levels[0]
	if p.orientation >= 5 {
		return whole.h, whole.w
	}
	return whole.w, whole.h
}

// render returns the upright part of the image that a plan uses, scaled. Chroma planes have a sample for each square of
// chroma × chroma pixels. The next call may return the same raster.
func (p *pyramid) render(plan Plan, chroma int) *raster {
	if p.last.raster == nil || p.last.plan != plan || p.last.chroma != chroma {
		p.last.raster = nil // so that its memory is free before the next one takes some
		p.last = rendering{plan, chroma, p.resampled(plan, chroma)}
	}
	return p.last.raster
}

func (p *pyramid) resampled(plan Plan, chroma int) *raster {
	ratioX := float64(plan.Crop.Dx()) / float64(plan.Size.X)
	ratioY := float64(plan.Crop.Dy()) / float64(plan.Size.Y)
	from := p.level(min(ratioX, ratioY))
	out := *from
	out.w, out.h, out.x, out.y = plan.Size.X, plan.Size.Y, 0, 0
	out.planes = make([]plane.Plane, len(from.planes))
	var resampler plane.Resampler
	for i, channel := range from.planes {
		every := 1
		if from.space == ycc && (i == 1 || i == 2) {
			every = chroma
		}
		x := plane.Grid{
			N: (plan.Size.X + every - 1) / every, Start: float64(plan.Crop.Min.X), Step: ratioX * float64(every),
		}
		y := plane.Grid{
			N: (plan.Size.Y + every - 1) / every, Start: float64(plan.Crop.Min.Y), Step: ratioY * float64(every),
		}
		out.planes[i] = p.resampleStored(&resampler, channel, x, y)
	}
	if out.limited {
		out.toFullRange()
	}
	return &out
}

// resampleStored resamples a plane on grids over the upright image. It converts them to grids over the image as it is
// stored, so that rotating and mirroring cost nothing.
func (p *pyramid) resampleStored(r *plane.Resampler, channel plane.Plane, x, y plane.Grid) plane.Plane {
	o, whole := p.orientation, p.levels[0]
	transposed := o >= 5
	if transposed {
		x, y = y, x
	}
	if o == 2 || o == 3 || o == 7 || o == 8 {
		x = x.Mirrored(float64(whole.w))
	}
	if o == 3 || o == 4 || o == 6 || o == 7 {
		y = y.Mirrored(float64(whole.h))
	}
	x.Start -= float64(whole.x)
	y.Start -= float64(whole.y)
	return r.Resample(channel, x, y, transposed)
}
