package resize

import (
	"fmt"

	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/jpeg"
	"github.com/imgorigin/imgorigin/resize/png"
)

// variant makes the pixels of a variant and returns a function that encodes them. The function does not need the
// pyramid any more, and may run on another goroutine.
func (e *Portable) variant(p *pyramid, t Transform) (encode func() ([]byte, error), err error) {
	t = t.Normal()
	w, h := p.displayed()
	if err := e.accepts(t, w, h); err != nil {
		return nil, err
	}
	plan, err := PlanFor(t, w, h, p.smart())
	if err != nil {
		return nil, err
	}
	if t.Format.isText() {
		m := p.finish(p.render(plan, 1), plan, t)
		text, err := p.text(m, t.Format)
		return func() ([]byte, error) { return text, err }, nil
	}
	mayBeDrawn, isAsked := t.Format == WebP && p.header.isLossless(), t.Quality != 0
	if t.Format == Auto {
		t.Format = JPEG
		if p.levels[0].alpha {
			t.Format = PNG
		}
	}
	if t.Quality = e.quality(t); !isAsked {
		t.Quality = p.header.follow(t.Format, t.Quality, plan.ratio())
	}
	if !mayBeDrawn && e.keepsPlanes(p, plan, t) {
		return e.encodePlanes(p, plan, t), nil
	}
	if mayBeDrawn {
		return e.encodeDrawing(p, plan, t, isAsked), nil
	}
	return e.encodePixels(p, plan, t), nil
}

// keepsPlanes reports whether planes of luma and chroma can be encoded as they are, without a conversion to RGB.
func (e *Portable) keepsPlanes(p *pyramid, plan Plan, t Transform) bool {
	whole := p.levels[0]
	isPlain := p.profile == nil && t.Blur == 0 && plan.Canvas == plan.Size && !whole.alpha
	_, foreign := e.encodes[t.Format]
	return isPlain && (t.Format == JPEG || foreign) && (whole.space == ycc || whole.space == grey)
}

// encodePlanes returns a function that encodes planes, in JPEG or by a codec.
func (e *Portable) encodePlanes(p *pyramid, plan Plan, t Transform) func() ([]byte, error) {
	r := p.render(plan, chromaStep(t.Quality))
	if codec, foreign := e.encodes[t.Format]; foreign {
		return func() ([]byte, error) { return codec.Encode(r.image(), e.encoding(t.Quality, p)) }
	}
	return func() ([]byte, error) { return encodeJPEG(r, e.jpegOptions(t.Quality, p)) }
}

// encodeDrawing returns a function that encodes an image by a codec, without loss if it is a drawing and no quality is
// asked for, or if that takes fewer bytes.
func (e *Portable) encodeDrawing(p *pyramid, plan Plan, t Transform, isAsked bool) func() ([]byte, error) {
	m, codec := p.finish(p.render(plan, 1), plan, t), e.encodes[t.Format]
	return func() ([]byte, error) {
		o := e.encoding(t.Quality, p)
		if !isAsked && isDrawn(m) {
			o.Lossless = true
			return codec.Encode(m, o)
		}
		return encodeSmaller(codec, m, o)
	}
}

// encodePixels returns a function that encodes an image in RGB with alpha.
func (e *Portable) encodePixels(p *pyramid, plan Plan, t Transform) func() ([]byte, error) {
	whole := p.levels[0]
	m := p.finish(p.render(plan, 1), plan, t)
	isGrey := whole.space == grey && (t.Fit != Contain && !whole.alpha || isGreyColor(t.Background))
	codec, foreign := e.encodes[t.Format]
	return func() ([]byte, error) {
		switch {
		case foreign:
			return codec.Encode(m, e.encoding(t.Quality, p))
		case t.Format == JPEG:
			return encodeJPEG(fromNRGBA(m, isGrey, chromaStep(t.Quality)), e.jpegOptions(t.Quality, p))
		case t.Format == PNG:
			return png.Encode(m, png.Options{Thorough: e.config.Thorough, ICC: p.carried})
		case t.Format == GIF:
			return gif.Encode(m)
		}
		return nil, fmt.Errorf("%w: %s is not written", ErrUnsupported, t.Format)
	}
}

func (e *Portable) encoding(quality int, p *pyramid) Encoding {
	return Encoding{Quality: quality, Thorough: e.config.Thorough, ICC: p.carried}
}

func (e *Portable) jpegOptions(quality int, p *pyramid) jpeg.EncodeOptions {
	return jpeg.EncodeOptions{Quality: quality, Progressive: e.config.Progressive, ICC: p.carried}
}

// quality returns the quality of a transform, or the default of its format.
func (e *Portable) quality(t Transform) int {
	if t.Quality != 0 {
		return t.Quality
	}
	if own := e.config.Quality.Of(t.Format); own != nil {
		return *own
	}
	return e.config.Quality.JPEG // of no consequence for the format
}
