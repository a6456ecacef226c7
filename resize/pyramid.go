package resize

import (
	"image"
	"sync"

	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/drawing"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/trim"
)

// A pyramid is a decoded original, and what is known of it.
type pyramid struct {
	*raster.Pyramid

	header Header // of the original
	bytes  int    // of the original
	src    []byte // the original, of which all frames are decoded; nil otherwise

	profile *colour.Profile // to convert from; nil if the colours are sRGB
	inks    *colour.Inks    // to convert from, of CMYK; nil if the inks are taken for ideal
	carried []byte          // an ICC profile that can't be converted from, which goes along with the variant

	marks map[string]markImage // of the job, by [Mark.ID]

	lookForPair sync.Once     // at all pixels, for the first variant that could have levels between two colours
	pair        *drawing.Pair // see pairOf
}

// readPyramid decodes an image.
func (e *Portable) readPyramid(src []byte, h Header, d demand) (*pyramid, error) {
	r, err := e.decode(src, h, d)
	if err != nil {
		return nil, err
	}
	switch h.Format {
	case WebP:
		h.Quality = probe.WebPQuality(src)
	case AVIF:
		h.Quality = probe.AVIFQuality(src)
	}
	p := &pyramid{Pyramid: raster.NewPyramid(r, h.Orientation), header: h, bytes: len(src), marks: e.marks}
	if h.Frames == 1 {
		p.src = src
	}
	p.takeColors(r, src)
	return p, nil
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
	if rest := t.Trim.Rest(p.Stored(), p.header.stored(part)); !rest.Empty() && !part.Empty() {
		r := p.header.upright(rest).Inset(-t.Trim.Pad).Intersect(part)
		t.Rect = Rect{r.Min.X, r.Min.Y, r.Dx(), r.Dy()}
	}
	t.Trim = trim.Trim{}
	return t
}
