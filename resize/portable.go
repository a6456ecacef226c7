package resize

import (
	"context"
	"fmt"
	"image"
	"math"
)

// An EngineConfig says what an engine takes and gives.
type EngineConfig struct {
	Limits  Limits
	Quality Quality // that transforms without one get
}

// Quality is the quality of each lossy format, 1…100; zero fields have defaults.
type Quality struct {
	JPEG int // default 80
}

// Portable is the engine in plain Go. It reads JPEG, PNG, GIF, WebP and BMP and writes JPEG, PNG and GIF.
type Portable struct{ config EngineConfig }

var _ Engine = (*Portable)(nil)

// NewEngine returns the portable engine.
func NewEngine(c EngineConfig) *Portable {
	c.Limits = c.Limits.WithDefaults()
	if c.Quality.JPEG == 0 {
		c.Quality.JPEG = 80
	}
	return &Portable{c}
}

// Name implements [Engine].
func (e *Portable) Name() string { return "portable-1" }

// Decodes implements [Engine].
func (e *Portable) Decodes(f Format) bool {
	switch f {
	case JPEG, PNG, GIF, WebP, BMP:
		return true
	}
	return false
}

// Encodes implements [Engine].
func (e *Portable) Encodes(f Format) bool {
	switch f {
	case JPEG, PNG, GIF:
		return true
	}
	return false
}

// Resize implements [Engine].
func (e *Portable) Resize(ctx context.Context, src []byte, ts ...Transform) (out [][]byte, err error) {
	defer func() {
		// The decoders of the standard library have had their panics, and what the engine does to a picture that
		// is not what it seemed may have its own. It is the picture's fault, and only its.
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("%w: panic: %v", ErrCorrupt, p)
		}
	}()
	h, err := ProbeBytes(src)
	if err != nil {
		return nil, corrupt(err)
	}
	if err := h.Check(e.config.Limits); err != nil {
		return nil, err
	}
	for _, t := range ts {
		if err := e.accepts(t, h); err != nil {
			return nil, err
		}
	}
	if h.Format == GIF && h.Frames > 1 && product(h.Width, h.Height) <= e.config.Limits.AnimationPixels/int64(h.Frames) {
		return e.resizeAnimation(ctx, src, ts)
	}
	p, err := newPyramid(src, h, e.reduction(h, ts))
	if err != nil {
		return nil, err
	}
	out = make([][]byte, len(ts))
	for i, t := range ts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if out[i], err = e.variant(p, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// accepts refuses a transform before anything is decoded for it.
func (e *Portable) accepts(t Transform, h Header) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if f := t.Normal().Format; f != Auto && !e.Encodes(f) {
		return fmt.Errorf("%w: %s is not written", ErrUnsupported, f)
	}
	w, ht := h.Displayed()
	_, err := PlanFor(t, w, ht, nil)
	return err
}

// reduction returns how many times smaller than stored the least reduced of the variants is.
func (e *Portable) reduction(h Header, ts []Transform) float64 {
	ratio := math.Inf(1)
	w, ht := h.Displayed()
	for _, t := range ts {
		plan, _ := PlanFor(t, w, ht, nil) // accepts has looked
		ratio = min(ratio,
			float64(plan.Crop.Dx())/float64(plan.Size.X),
			float64(plan.Crop.Dy())/float64(plan.Size.Y))
	}
	return ratio
}

// newPyramid decodes a picture.
func newPyramid(src []byte, h Header, ratio float64) (*pyramid, error) {
	r, err := decode(src, h, ratio)
	if err != nil {
		return nil, err
	}
	p := &pyramid{levels: []*raster{r}, orientation: h.Orientation}
	p.takeProfile(r)
	return p, nil
}

// takeProfile decides what becomes of a raster's ICC profile: it is converted from, carried along, or says
// nothing.
func (p *pyramid) takeProfile(r *raster) {
	if r.icc == nil {
		return
	}
	if parsed, ok := parseProfile(r.icc); !ok {
		p.carried = carriable(r)
	} else if !parsed.isSRGB() && parsed.grey == (r.space == grey) {
		p.profile = parsed
	}
}

// carriable returns a profile that fits what the picture will be written as, which is never CMYK.
func carriable(r *raster) []byte {
	if len(r.icc) < 132 || string(r.icc[36:40]) != "acsp" {
		return nil
	}
	want := "RGB "
	if r.space == grey {
		want = "GRAY"
	}
	if string(r.icc[16:20]) != want {
		return nil
	}
	return r.icc
}

// variant makes one variant.
func (e *Portable) variant(p *pyramid, t Transform) ([]byte, error) {
	t = t.Normal()
	w, h := p.displayed()
	plan, err := PlanFor(t, w, h, p.smart())
	if err != nil {
		return nil, err
	}
	whole := p.levels[0]
	if t.Format == Auto {
		t.Format = JPEG
		if whole.alpha {
			t.Format = PNG
		}
	}
	isPlain := p.profile == nil && t.Blur == 0 && plan.Canvas == plan.Size && !whole.alpha
	if t.Format == JPEG && isPlain && (whole.space == ycc || whole.space == grey) {
		quality := e.jpegQuality(t)
		return encodeJPEG(p.render(plan, chromaOf(quality)), quality, p.carried)
	}
	m := p.finish(p.render(plan, 1), plan, t)
	isGrey := whole.space == grey && (t.Fit != Contain && !whole.alpha || isGreyColor(t.Background))
	switch t.Format {
	case JPEG:
		quality := e.jpegQuality(t)
		return encodeJPEG(fromNRGBA(m, isGrey, chromaOf(quality)), quality, p.carried)
	case PNG:
		return encodePNG(m, isGrey, p.carried)
	case GIF:
		var w gifWriter
		w.add(m, 0)
		return w.bytes()
	}
	return nil, fmt.Errorf("%w: %s is not written", ErrUnsupported, t.Format)
}

func (e *Portable) jpegQuality(t Transform) int {
	if t.Quality != 0 {
		return t.Quality
	}
	return e.config.Quality.JPEG
}

// resizeAnimation makes variants of all frames: in GIF, unless a transform wants a format that has but one.
func (e *Portable) resizeAnimation(ctx context.Context, src []byte, ts []Transform) ([][]byte, error) {
	a, err := decodeAnimation(src)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(ts))
	writers := make([]gifWriter, len(ts))
	for i, r := range a.frames {
		p := &pyramid{levels: []*raster{r}, orientation: 1}
		for j, t := range ts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			switch t = t.Normal(); {
			case t.Format == Auto || t.Format == GIF:
				m, err := e.frame(p, t)
				if err != nil {
					return nil, err
				}
				writers[j].add(m, a.gif.Delay[i])
			case i == 0:
				if out[j], err = e.variant(p, t); err != nil {
					return nil, err
				}
			}
		}
	}
	for j := range ts {
		if out[j] == nil {
			writers[j].out.LoopCount = a.gif.LoopCount
			if out[j], err = writers[j].bytes(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// frame makes one frame of an animation. A smart crop stays in the middle: it would jump from frame to frame.
func (e *Portable) frame(p *pyramid, t Transform) (*image.NRGBA, error) {
	w, h := p.displayed()
	plan, err := PlanFor(t, w, h, nil)
	if err != nil {
		return nil, err
	}
	return p.finish(p.render(plan, 1), plan, t), nil
}
