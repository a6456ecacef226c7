package resize

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

// An EngineConfig says what an engine takes and gives.
type EngineConfig struct {
	Limits   Limits
	Quality  Quality // that transforms without one get
	Codecs   []Codec // for formats beyond those of plain Go, or in their place
	Thorough bool    // take the time for smaller files: for variants that nobody waits for
	Lenient  bool    // show what there is of a JPEG that ends early or is corrupt, in place of refusing it

	Progressive bool // write JPEGs in several scans: they are a little smaller, and seen before they are there; clients take longer to decode them
}

// Quality is the quality of each lossy format, 1…100; zero fields have defaults, which look about alike.
type Quality struct {
	JPEG int // default 80
	WebP int // default 78
	AVIF int // default 60
}

// Of returns the field for f, nil for a format that has no quality.
func (q *Quality) Of(f Format) *int {
	switch f {
	case JPEG:
		return &q.JPEG
	case WebP:
		return &q.WebP
	case AVIF:
		return &q.AVIF
	}
	return nil
}

// Portable is the engine in plain Go. It reads JPEG, PNG, GIF, WebP and BMP and writes JPEG, PNG and GIF; codecs
// add to that.
type Portable struct {
	config  EngineConfig
	decodes map[Format]Codec
	encodes map[Format]Codec
}

var _ Engine = (*Portable)(nil)

// NewEngine returns the portable engine.
func NewEngine(c EngineConfig) *Portable {
	c.Limits = c.Limits.WithDefaults()
	for _, row := range formatTable {
		if row.quality != 0 {
			q := c.Quality.Of(row.format)
			*q = cmp.Or(*q, row.quality)
		}
	}
	e := &Portable{config: c, decodes: make(map[Format]Codec), encodes: make(map[Format]Codec)}
	for _, codec := range c.Codecs {
		if codec.Decode != nil {
			e.decodes[codec.Format] = codec
		}
		if codec.Encode != nil {
			e.encodes[codec.Format] = codec
		}
	}
	return e
}

// Name implements [Engine].
func (e *Portable) Name() string { return "portable-2" }

// Decodes implements [Engine].
func (e *Portable) Decodes(f Format) bool {
	_, ok := e.decodes[f]
	return ok || f.row().reads
}

// Encodes implements [Engine].
func (e *Portable) Encodes(f Format) bool {
	_, ok := e.encodes[f]
	return ok || f.row().writes
}

// Resize implements [Engine].
func (e *Portable) Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error) {
	return Gather(ctx, e, src, ts)
}

// Each implements [Engine].
func (e *Portable) Each(ctx context.Context, src []byte, job Job) (err error) {
	defer func() {
		// The decoders of the standard library have had their panics, and what the engine does to a picture that
		// is not what it seemed may have its own. It is the picture's fault, and only its.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", ErrCorrupt, p)
		}
	}()
	h, err := ProbeBytes(src)
	if err != nil {
		return corrupt(err)
	}
	if err := h.Check(e.config.Limits); err != nil {
		return err
	}
	if !e.Decodes(h.Format) {
		return fmt.Errorf("%w: %s", ErrUnsupported, h.Format)
	}
	if e.moves(h) {
		return e.resizeAnimation(ctx, src, h, job.withDefaults())
	}
	began := time.Now()
	p, err := e.newPyramid(src, h, h.demand(job.Transforms))
	if err != nil {
		return err
	}
	r := newRun(job)
	defer r.lent.Wait()
	r.endStage(Reading, began)
	for i, t, ok := r.pop(); ok; i, t, ok = r.pop() {
		if err := ctx.Err(); err != nil {
			return err
		}
		began := time.Now()
		encode, err := e.variant(p, t)
		if err != nil {
			r.refuse(i, err)
			continue
		}
		r.endStage(Resampling, began)
		r.encode(i, encode, h.variantBytes(t))
	}
	return nil
}

// accepts refuses a transform before anything is made for it.
func (e *Portable) accepts(t Transform, w, h int) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if f := t.Normal().Format; f != Auto && !e.Encodes(f) {
		return fmt.Errorf("%w: %s is not written", ErrUnsupported, f)
	}
	_, err := PlanFor(t, w, h, nil)
	return err
}

// newPyramid decodes a picture.
func (e *Portable) newPyramid(src []byte, h Header, d demand) (*pyramid, error) {
	r, err := e.decode(src, h, d)
	if err != nil {
		return nil, err
	}
	p := &pyramid{levels: []*raster{r}, orientation: h.Orientation, header: h, bytes: len(src)}
	p.takeProfile(r)
	if r.icc == nil || h.Format == PNG && h.cicp != (cicp{}) { // where it goes before the other
		p.carried = nil
		p.profile = h.cicp.profile()
	}
	return p, nil
}

// takeProfile decides what becomes of a raster's ICC profile: it is converted from, carried along, or says
// nothing. Inks can't be carried along, since no variant is CMYK.
func (p *pyramid) takeProfile(r *raster) {
	if r.icc == nil {
		return
	}
	if r.space == cmyk || r.space == ycck {
		p.inks, _ = parseInkProfile(r.icc)
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

// variant makes the pixels of one variant, and returns how to encode them, which needs nothing of the pyramid any more.
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
	whole := p.levels[0]
	if t.Format == Auto {
		t.Format = JPEG
		if whole.alpha {
			t.Format = PNG
		}
	}
	quality := e.quality(t)
	codec, foreign := e.encodes[t.Format]
	isPlain := p.profile == nil && t.Blur == 0 && plan.Canvas == plan.Size && !whole.alpha
	mayBeDrawn := t.Format == WebP && t.Quality == 0 && p.header.isLossless()
	if isPlain && !mayBeDrawn && (t.Format == JPEG || foreign) && (whole.space == ycc || whole.space == grey) {
		r := p.render(plan, chromaOf(quality))
		if foreign {
			return func() ([]byte, error) { return codec.Encode(r.image(), e.encoding(quality, p)) }, nil
		}
		return func() ([]byte, error) { return encodeJPEG(r, e.jpegOptions(quality, p)) }, nil
	}
	m := p.finish(p.render(plan, 1), plan, t)
	isGrey := whole.space == grey && (t.Fit != Contain && !whole.alpha || isGreyColor(t.Background))
	return func() ([]byte, error) {
		switch {
		case foreign:
			o := e.encoding(quality, p)
			o.Lossless = mayBeDrawn && isDrawn(m)
			return codec.Encode(m, o)
		case t.Format == JPEG:
			return encodeJPEG(fromNRGBA(m, isGrey, chromaOf(quality)), e.jpegOptions(quality, p))
		case t.Format == PNG:
			return encodePNG(m, isGrey, p.carried)
		case t.Format == GIF:
			var w gifWriter
			w.addImage(m, 0)
			return w.finish()
		}
		return nil, fmt.Errorf("%w: %s is not written", ErrUnsupported, t.Format)
	}, nil
}

func (e *Portable) encoding(quality int, p *pyramid) Encoding {
	return Encoding{Quality: quality, Thorough: e.config.Thorough, ICC: p.carried}
}

func (e *Portable) jpegOptions(quality int, p *pyramid) jpeg.EncodeOptions {
	return jpeg.EncodeOptions{Quality: quality, Progressive: e.config.Progressive, ICC: p.carried}
}

// quality returns the transform's, or its format's own.
func (e *Portable) quality(t Transform) int {
	if t.Quality != 0 {
		return t.Quality
	}
	if own := e.config.Quality.Of(t.Format); own != nil {
		return *own
	}
	return e.config.Quality.JPEG // which the format does not look at
}
