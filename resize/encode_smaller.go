package resize

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/drawing"
)

// mayBeDrawing reports whether a variant in some format is written in several ways if its original is without loss, of
// which the smallest is kept.
func mayBeDrawing(t Transform) bool {
	switch t.Format {
	case WebP, AVIF, PNG, GIF, Auto:
		return true
	}
	return false
}

// isLossless reports whether a file holds its pixels without loss. Files of drawings do, files of photographs hardly
// ever.
func (h Header) isLossless() bool {
	switch h.Format {
	case PNG, GIF, BMP, ICO, SVG:
		return true
	}
	return h.lossless
}

// A drawingEncoder writes an image of an original without loss, which may be a drawing, in the fewest bytes.
type drawingEncoder struct {
	engine    *Portable
	image     *image.NRGBA
	transform Transform // with its format and quality
	icc       []byte
	isGrey    bool

	isAsked  bool // the quality was requested
	mayRound bool // the image is reduced, and need not keep all of its levels
	limit    int  // bytes of the original, which a variant should not exceed

	tolerance drawing.Tolerance // of the levels that are not kept
	pair      *drawing.Pair     // the colours of the original if it has two, and the image has but blends of these; or nil
}

// drawingWriter returns a writer of an image of an original without loss.
func (e *Portable) drawingWriter(p *pyramid, plan Plan, t, requested Transform) *writer {
	d := drawingEncoder{
		engine: e, image: p.finish(p.Render(plan.Crop, plan.Size, 1), plan, t), icc: p.carried, isGrey: p.isGrey(t),
		isAsked: requested.askedQuality() != 0, limit: p.bytes,
		mayRound:  requested.askedQuality() == 0 && t.Quality != 100 && plan.ratio() > 1,
		tolerance: drawing.UsualTolerance,
	}
	if p.header.paletted {
		d.tolerance = drawing.PaletteTolerance
	}
	if d.mayRound {
		d.pair = p.pairOf(plan, requested)
	}
	return &writer{
		usually: func(t Transform) ([]byte, error) {
			d := d
			d.transform = t
			return d.smallest()
		},
		exactly: func(m *image.NRGBA, t Transform) ([]byte, error) { return e.encodeImage(m, t, d.icc, d.isGrey) },
		image:   d.image, mayBeLossless: true,
	}
}

// smallest encodes a drawing without loss, and all other images with loss. Where the other way may take fewer bytes, it tries
// that too, and returns the smaller file.
func (d *drawingEncoder) smallest() ([]byte, error) {
	switch d.transform.Format {
	case PNG, GIF:
		return d.lossless(d.transform.Format)
	case AVIF:
		return d.lossy() // its alternative may be without loss
	case WebP:
		return d.smaller(WebP)
	}
	return d.smaller(PNG)
}

// smaller encodes the image with loss in its own format, or without loss in another.
func (d *drawingEncoder) smaller(other Format) ([]byte, error) {
	if d.pair != nil {
		return d.fewerBlends(other)
	}
	if !d.isAsked && drawing.Is(d.image) {
		body, err := d.lossless(other)
		if err != nil || len(body) <= d.limit {
			return body, err
		}
		return shorter(body)(d.lossy())
	}
	body, err := d.lossy()
	mayGain := drawing.Changes(d.image) <= len(body) // a drawing without loss takes about as many bytes as it has changes
	grows := len(body) > d.limit && d.mayRound
	switch {
	case err != nil:
		return nil, err
	case grows && !mayGain && d.mayPaint():
		return shorter(body)(d.fewerColors(other))
	case grows || mayGain:
		return shorter(body)(d.lossless(other))
	}
	return body, nil
}

func (d *drawingEncoder) lossy() ([]byte, error) {
	return d.engine.encodeImage(d.image, d.transform, d.icc, d.isGrey)
}

// lossless encodes the image without loss, or in GIF. If that takes more bytes than the original, of which it is reduced, its edges
// have become blends that the original lacks. It gets fewer colours then, as long as it looks the same.
func (d *drawingEncoder) lossless(f Format) ([]byte, error) {
	body, err := d.encodeLossless(d.image, f)
	switch {
	case err != nil || len(body) <= d.limit || !d.mayRound:
		return body, err
	case d.pair != nil:
		return shorter(body)(d.fewerBlends(f))
	case d.mayPaint():
		return shorter(body)(d.fewerColors(f))
	}
	return d.fewerLevels(f, body)
}

// fewerLevels encodes a drawing in fewer levels, step by step: 16 at least, which is what lines need to look smooth.
// Body is what it takes with all of them, which other images keep.
func (d *drawingEncoder) fewerLevels(f Format, body []byte) (_ []byte, err error) {
	if !drawing.HasAreas(d.image) {
		return body, nil
	}
	for bits := 2; err == nil && bits <= 4 && len(body) > d.limit; bits++ {
		body, err = shorter(body)(d.encodeLossless(drawing.Coarser(d.image, bits), f))
	}
	return body, err
}

func (d *drawingEncoder) encodeLossless(m *image.NRGBA, f Format) ([]byte, error) {
	if codec, ok := d.engine.encodes[f]; ok {
		o := d.engine.encoding(d.transform.Quality, d.icc)
		o.Lossless = true
		return codec.Encode(m, o)
	}
	t := d.transform
	t.Format = f
	return d.engine.encodeImage(m, t, d.icc, d.isGrey)
}

// shorter returns a function that returns the shorter of body and another, and body if there is no other.
func shorter(body []byte) func(other []byte, err error) ([]byte, error) {
	return func(other []byte, err error) ([]byte, error) {
		if err == nil && other != nil && len(other) < len(body) {
			return other, nil
		}
		return body, nil
	}
}
