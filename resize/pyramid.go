package resize

import (
	"github.com/imgorigin/imgorigin/resize/colour"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/raster"
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
}

// readPyramid decodes an image.
func (e *Portable) readPyramid(src []byte, h Header, d demand) (*pyramid, error) {
	r, err := e.decode(src, h, d)
	if err != nil {
		return nil, err
	}
	if h.Format == WebP {
		h.Quality = probe.WebPQuality(src)
	}
	p := &pyramid{Pyramid: raster.NewPyramid(r, h.Orientation), header: h, bytes: len(src), marks: e.marks}
	if h.Frames == 1 {
		p.src = src
	}
	p.takeColors(r, src)
	return p, nil
}
