package resize

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// An EngineConfig configures [NewEngine]. A zero field means its default.
type EngineConfig struct {
	// Limits bound the images that are accepted.
	Limits Limits

	// Quality is the quality of transforms that ask for none.
	Quality Quality

	// EncoderScale takes all qualities for numbers of the encoders, which mean something else in each format, instead of
	// converting them, see [Format.EncoderQuality].
	EncoderScale bool

	// AutoScore is the score by SSIMULACRA 2 that variants of [AutoQuality] should have; 0 means that of photographs with
	// [DefaultQuality].
	AutoScore float64

	// Codecs add formats to those of plain Go, or replace their decoders and encoders.
	Codecs []Codec

	// Thorough takes more time for smaller files, which pays for variants that nobody waits for. Its JPEGs are progressive where
	// that is smaller.
	Thorough bool

	// Lenient accepts a JPEG that ends early or is corrupt, and leaves grey what is missing, instead of refusing it.
	Lenient bool

	// SVG draws originals in SVG, if there is a codec for them. They are refused otherwise.
	SVG bool

	// Progressive writes JPEGs in several scans. They are a little smaller, and browsers display them before they have
	// arrived; clients take longer to decode them.
	Progressive bool
}

// Quality is the quality of each lossy format, 1…100; 0 means the default, which is [DefaultQuality]. The same quality looks about
// equally good in all of them, unless they are the numbers of encoders.
type Quality struct {
	JPEG int
	WebP int
	AVIF int
}

// Of returns a pointer to the quality of f, nil for a format without quality.
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

// Portable is the engine in plain Go. It reads JPEG, PNG, GIF, WebP, BMP, ICO and TIFF, and writes JPEG, PNG and
// GIF.
// Codecs add formats.
type Portable struct {
	config  EngineConfig
	webp    Codec            // decodes images that are not animated, if it has Decode
	decodes map[Format]Codec // of other formats
	encodes map[Format]Codec

	marks map[string]markImage // of a job; nil otherwise
}

var _ Engine = (*Portable)(nil)

// NewEngine returns the portable engine.
func NewEngine(c EngineConfig) *Portable {
	c.Limits = c.Limits.WithDefaults()
	e := &Portable{config: c, decodes: make(map[Format]Codec), encodes: make(map[Format]Codec)}
	for _, codec := range c.Codecs {
		codec = codec.lending()
		switch {
		case codec.Decode == nil, codec.Format == SVG && !c.SVG:
		case codec.Format == WebP:
			e.webp = codec
		default:
			e.decodes[codec.Format] = codec
		}
		if codec.Encode != nil {
			e.encodes[codec.Format] = codec
		}
	}
	return e
}

// Name implements [Engine].
func (e *Portable) Name() string { return "portable-4" }

// Kernels names what the inner loops of Portable compute with: "AVX2", "NEON" or "64-bit words", see [plane.Kernels]. The
// variants are the same.
func Kernels() string { return plane.Kernels() }

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

// IsSlow implements [Engine].
func (e *Portable) IsSlow(f Format) bool { return e.encodes[f].Slow }

// Decoder returns the name of the codec that decodes f, or "Go" if the engine does so itself. It is empty for a format
// that is not decoded.
func (e *Portable) Decoder(f Format) string {
	if f == WebP && e.webp.Decode != nil {
		return e.webp.Name
	}
	return nameOf(e.decodes, f, f.row().reads)
}

// Encoder returns the name of the codec that encodes f, like Decoder.
func (e *Portable) Encoder(f Format) string { return nameOf(e.encodes, f, f.row().writes) }

func nameOf(codecs map[Format]Codec, f Format, isPlain bool) string {
	if codec, ok := codecs[f]; ok {
		return codec.Name
	}
	if isPlain {
		return "Go"
	}
	return ""
}

// Memory implements [Engine].
func (e *Portable) Memory(h Header, size int64, ts ...Transform) int64 {
	return h.Memory(size, e.config, ts...)
}

// Resize implements [Engine].
func (e *Portable) Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error) {
	return Gather(ctx, e, src, ts)
}

// Each implements [Engine].
func (e *Portable) Each(ctx context.Context, src []byte, job Job) (err error) {
	defer func() {
		// Decoders of the standard library have panicked before, and the engine may when an image is not what its
		// header claimed. It is the fault of the image, and must not end the process.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", ErrCorrupt, p)
		}
	}()
	e = e.within(ctx)
	h, err := ProbeBytes(src)
	if err != nil {
		return corrupt(err)
	}
	if err := h.Check(e.config.Limits); err != nil {
		return err
	}
	if !e.Decodes(h.Format) {
		return refusal(h.Format)
	}
	e.marks = e.readMarks(job.Marks) // of the engine that is within ctx
	if e.keepsFrames(h) {
		return e.resizeAnimation(ctx, src, h, job.withDefaults())
	}
	began := time.Now()
	p, err := e.readPyramid(src, h, h.demand(job.Transforms))
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
		r.encode(i, encode, h.variantBytes(e.config, t))
	}
	return nil
}

// within returns the engine with those of its codecs that can be interrupted bound to a job.
func (e *Portable) within(ctx context.Context) *Portable {
	bound := *e
	bound.decodes, bound.encodes = maps.Clone(e.decodes), maps.Clone(e.encodes)
	for _, codecs := range []map[Format]Codec{bound.decodes, bound.encodes} {
		for f, codec := range codecs {
			if codec.Within != nil {
				codecs[f] = codec.Within(ctx)
			}
		}
	}
	return &bound
}

// accepts returns an error if a transform can't be made of an image that is displayed at w × h pixels.
func (e *Portable) accepts(t Transform, w, h int) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if f := t.Normal().Format; f != Auto && !e.Encodes(f) {
		return fmt.Errorf("%w: %s is not written", ErrUnsupported, f)
	}
	if err := e.checkMark(t.Mark); err != nil {
		return err
	}
	_, err := PlanFor(t, w, h, nil)
	return err
}
