package resize

import (
	"fmt"
	"image"

	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/qualityscale"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/smartcrop"
)

// variant makes the pixels of a variant and returns a function that encodes them. The function does not need the
// pyramid any more, and may run on another goroutine.
func (e *Portable) variant(p *pyramid, t Transform) (encode func() ([]byte, error), err error) {
	t = p.header.inDrawing(t.Normal())
	w, h := p.Displayed()
	if err := e.accepts(t, w, h); err != nil {
		return nil, err
	}
	t = p.header.inOwnSize(p.trimmed(t))
	plan, err := PlanFor(t, w, h, p.chooser(t.Crop))
	if err != nil {
		return nil, err
	}
	if t.Format.isText() {
		m := p.finish(p.Render(plan.Crop, plan.Size, 1), plan, t)
		text, err := e.text(p, m, t.Format)
		return func() ([]byte, error) { return text, err }, nil
	}
	return e.fitting(p, plan, t, e.writer(p, plan, t)), nil
}

// chooser returns a function for [PlanFor] that places a window where there is most to see.
func (p *pyramid) chooser(crop Crop) func(part image.Rectangle, window image.Point) image.Point {
	return func(part image.Rectangle, window image.Point) image.Point {
		size := part.Size()
		k := float64(smartcrop.Side) / float64(max(size.X, size.Y))
		small := image.Pt(max(1, int(float64(size.X)*min(k, 1))), max(1, int(float64(size.Y)*min(k, 1))))
		m := p.Render(part, small, 1).NRGBA()
		return part.Min.Add(smartcrop.Kind(crop).Place(m, size, window))
	}
}

// A writer encodes the pixels of a variant.
type writer struct {
	// candidates are transforms with their formats and the qualities of their encoders, of which the one that takes the fewest
	// bytes is the variant.
	candidates []Transform

	usually func(Transform) ([]byte, error)               // in the way that suits the image
	exactly func(*image.NRGBA, Transform) ([]byte, error) // in the quality of the transform, where the format has one

	image         *image.NRGBA // nil if planes are encoded
	mayBeLossless bool         // what is written in the usual way, whatever the quality

	first int // bytes of the first candidate
}

// writer returns a writer of a variant.
func (e *Portable) writer(p *pyramid, plan Plan, requested Transform) *writer {
	ts := e.candidates(p, plan, requested)
	var w *writer
	switch {
	case p.header.isLossless() && mayBeDrawing(requested):
		w = e.drawingWriter(p, plan, ts[0], requested)
	case e.keepsPlanes(p, plan, ts[0]):
		w = e.planesWriter(p, plan, ts[0])
	default:
		w = e.pixelsWriter(p, plan, ts[0])
	}
	w.candidates = ts
	return w
}

// smallest encodes the pixels in the smallest of the candidates.
func (w *writer) smallest() (body []byte, err error) {
	for i, t := range w.candidates {
		other, errOther := w.usually(t)
		switch {
		case i == 0 && errOther != nil:
			return nil, errOther
		case i == 0:
			body, w.first = other, len(other)
		case errOther == nil && len(other) < len(body):
			body = other
		}
	}
	return body, nil
}

// candidates returns the candidates for a variant. AVIF has an alternative if no quality is requested: a WebP that looks as good may
// be smaller, as it is of icons, and every client that displays AVIF displays WebP. The decision is remembered where the variant
// is, under its name.
func (e *Portable) candidates(p *pyramid, plan Plan, requested Transform) []Transform {
	formats := []Format{requested.Format}
	switch {
	case requested.Format == Auto && (p.Stored().Alpha || requested.addsAlpha()):
		formats[0] = PNG
	case requested.Format == Auto:
		formats[0] = JPEG
	case requested.Format == AVIF && requested.askedQuality() == 0 && e.Encodes(WebP):
		formats = append(formats, WebP)
	}
	var spectra qualityscale.Spectra
	if requested.Quality == AutoQuality {
		spectra = qualityscale.SpectraOf(e.lumaOf(p, plan, requested))
	}
	ts := make([]Transform, len(formats))
	for i, f := range formats {
		t := requested
		t.Format = f
		t.Quality = e.config.encoderQuality(t)
		if requested.Quality == AutoQuality {
			t.Quality = f.EncoderQuality(e.config.autoQuality(f, spectra))
		}
		if requested.askedQuality() == 0 {
			t.Quality = p.header.follow(f, t.Quality, plan.ratio())
		}
		ts[i] = t
	}
	return ts
}

// keepsPlanes reports whether planes of luma and chroma can be encoded as they are, without a conversion to RGB.
func (e *Portable) keepsPlanes(p *pyramid, plan Plan, t Transform) bool {
	whole := p.Stored()
	isPlain := p.profile == nil && !t.isFiltered() && plan.Canvas == plan.Size && !whole.Alpha && !t.mayLoseChroma()
	_, foreign := e.encodes[t.Format]
	return isPlain && (t.Format == JPEG || foreign) && (whole.Space == raster.YCC || whole.Space == raster.Grey)
}

// planesWriter returns a writer of planes, in JPEG or by a codec.
func (e *Portable) planesWriter(p *pyramid, plan Plan, t Transform) *writer {
	r, icc := p.Render(plan.Crop, plan.Size, chromaStep(t.Quality)), p.carried
	encode := func(t Transform) ([]byte, error) {
		if codec, foreign := e.encodes[t.Format]; foreign {
			return codec.Encode(r.Image(), e.encoding(t.Quality, icc))
		}
		o := e.jpegOptions(t.Quality, icc)
		o.SharpenChroma = plan.ratio() > 1
		return encodeJPEG(r, o)
	}
	return &writer{usually: encode, exactly: func(_ *image.NRGBA, t Transform) ([]byte, error) { return encode(t) }}
}

// pixelsWriter returns a writer of an image in RGB with alpha.
func (e *Portable) pixelsWriter(p *pyramid, plan Plan, t Transform) *writer {
	m, icc, isGrey := p.finish(p.Render(plan.Crop, plan.Size, 1), plan, t), p.carried, p.isGrey(t)
	encode := func(m *image.NRGBA, t Transform) ([]byte, error) { return e.encodeImage(m, t, icc, isGrey) }
	return &writer{usually: func(t Transform) ([]byte, error) { return encode(m, t) }, exactly: encode, image: m}
}

// isGrey reports whether the pixels of a variant are without colour.
func (p *pyramid) isGrey(t Transform) bool {
	whole := p.Stored()
	return whole.Space == raster.Grey && t.Mark.Key == "" && !t.addsAlpha() && !t.addsColor() && (!whole.Alpha || hexcolor.IsGrey(t.Background))
}

// encodeImage encodes an image in the format and the quality of a transform.
func (e *Portable) encodeImage(m *image.NRGBA, t Transform, icc []byte, isGrey bool) ([]byte, error) {
	codec, foreign := e.encodes[t.Format]
	switch {
	case foreign:
		return codec.Encode(m, e.encoding(t.Quality, icc))
	case t.Format == JPEG:
		o := e.jpegOptions(t.Quality, icc)
		o.SharpenChroma = true
		return encodeJPEG(raster.FromOpaque(m, isGrey, chromaStep(t.Quality)), o)
	case t.Format == PNG:
		return png.Encode(m, png.Options{Thorough: e.config.Thorough, ICC: icc})
	case t.Format == GIF:
		return gif.Encode(m)
	}
	return nil, fmt.Errorf("%w: %s is not written", ErrUnsupported, t.Format)
}

func (e *Portable) encoding(quality int, icc []byte) Encoding {
	return Encoding{Quality: quality, Thorough: e.config.Thorough, ICC: icc}
}

func (e *Portable) jpegOptions(quality int, icc []byte) jpeg.EncodeOptions {
	return jpeg.EncodeOptions{Quality: quality, Progressive: e.config.Progressive, Thorough: e.config.Thorough, ICC: icc}
}
