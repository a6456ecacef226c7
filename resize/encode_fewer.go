package resize

import (
	"github.com/imgorigin/imgorigin/resize/drawing"
	"github.com/imgorigin/imgorigin/resize/raster"
)

// paletteSizes are the numbers of colours that are tried. A GIF and a palette of 8 bits hold the first; of fewer than the last,
// lines do not look smooth.
var paletteSizes = []int{255, 128, 64, 32, 16}

// maxPainted bounds the pixels of an image that is painted in several palettes, which takes up to a second for a million.
const maxPainted = 4 << 20

// mayPaint reports whether an image may be encoded in fewer colours.
func (d *drawingEncoder) mayPaint() bool {
	size := d.image.Rect.Size()
	return d.mayRound && d.image.Opaque() && size.X*size.Y <= maxPainted
}

// fewerColors encodes an image in as many colours as the limit of bytes allows, or in the fewest in which it looks as good.
// It returns nil if no palette will do. The numbers of colours are searched by halves, since each takes a palette and an encoding.
func (d *drawingEncoder) fewerColors(f Format) (body []byte, err error) {
	isFit := false
	for from, to := 0, len(paletteSizes); from < to; {
		i := (from + to) / 2
		m := drawing.Painted(d.image, paletteSizes[i])
		if !d.tolerance.Accepts(m, d.image) {
			to = i
			continue
		}
		candidate, err := d.encodeLossless(m, f)
		if err != nil {
			return nil, err
		}
		fits := len(candidate) <= d.limit
		if fits || !isFit && (body == nil || len(candidate) < len(body)) {
			body, isFit = candidate, fits
		}
		if fits {
			to = i
		} else {
			from = i + 1
		}
	}
	return body, nil
}

// pairOf returns the colours of an opaque original of two colours of which a variant has but blends, and nil for all others.
func (p *pyramid) pairOf(plan Plan, t Transform) *drawing.Pair {
	m := p.Stored()
	hasOthers := m.Alpha || m.Space != raster.Grey && m.Space != raster.RGB || p.profile != nil
	if hasOthers || t.isFiltered() || plan.Canvas != plan.Size {
		return nil
	}
	p.lookForPair.Do(func() { p.pair = drawing.PairOf(m.Planes) })
	return p.pair
}

// fewerBlends encodes a reduced image of two colours in 16 levels, or in eight if it takes more bytes than the limit and looks the same.
func (d *drawingEncoder) fewerBlends(f Format) (body []byte, err error) {
	if body, err = d.encodeLossless(d.pair.InLevels(d.image, 16), f); err != nil || len(body) <= d.limit {
		return body, err
	}
	m := d.pair.InLevels(d.image, 8)
	if !drawing.PairTolerance.Accepts(m, d.image) {
		return body, nil
	}
	return shorter(body)(d.encodeLossless(m, f))
}
