package render

import (
	"context"

	"github.com/imgorigin/imgorigin/resize"
)

// MezzanineName names the mezzanine of an original: a smaller image of one that is slow to read, which small sizes are
// made from. It is kept next to the original's variants and dropped with them. The name is not the normal form of any transform,
// so no URL asks for it.
const MezzanineName = "mezzanine.jpeg"

const (
	// mezzanineQuality loses nothing that two thirds of its size could show.
	mezzanineQuality = 95

	// mezzanineMargin is how many times smaller a variant must be than the mezzanine that it is made from.
	mezzanineMargin = 1.5
)

// wantsMezzanine reports whether an original is worth a mezzanine: it is large, or of a kind whose decoding is slow.
// Originals with alpha or several frames are not, nor is a JPEG of a quality so low that variants follow it: the mezzanine
// has another.
func (r *Renderer) wantsMezzanine(h resize.Header) bool {
	if r.config.MezzanineSide == 0 || r.config.Cache == nil || max(h.Width, h.Height) <= r.config.MezzanineSide {
		return false
	}
	if h.LimitsQuality(mezzanineMargin * float64(max(h.Width, h.Height)) / float64(r.config.MezzanineSide)) {
		return false
	}
	megapixels := int64(h.Width) * int64(h.Height) / 1e6
	switch h.Format {
	case resize.JPEG:
		return megapixels >= 20 || h.Progressive && megapixels >= 8
	case resize.HEIC:
		return true
	}
	return false
}

// mezzanineTransform returns the transform that makes a mezzanine.
func (r *Renderer) mezzanineTransform() resize.Transform {
	side := r.config.MezzanineSide
	return resize.Transform{Width: side, Height: side, Quality: mezzanineQuality, Format: resize.JPEG}.Normal()
}

// mezzanine returns the mezzanine of an original as the source of a batch, and closes the original, if there is one of
// its present state that serves all transforms of the batch. From then on only those may join that it serves. Otherwise
// it returns nil.
func (r *Renderer) mezzanine(ctx context.Context, b *batch, original *source) *source {
	if !r.wantsMezzanine(original.header) || !allSmaller(r.batches.transforms(b), r.config.MezzanineSide) {
		return nil
	}
	body, release := r.config.Cache.Mezzanine(ctx, b.original, original.etag)
	if body == nil {
		return nil
	}
	header, err := resize.ProbeBytes(body)
	if err != nil || !r.batches.restrict(b, func(t resize.Transform) bool { return serves(header, t) }) {
		release()
		return nil
	}
	original.close()
	r.metrics.mezzanines.Inc()
	return &source{
		header: header, need: needOf(r.engineOf(b), header, int64(len(body))), etag: original.etag, isMezzanine: true,
		read:    func(context.Context) ([]byte, string, error) { return body, original.etag, nil },
		release: func([]byte) { release() }, // and not for reuse: others may hold it too
		close:   release,
	}
}

// allSmaller reports whether a mezzanine could serve all of ts by their sides, before a look into the cache.
func allSmaller(ts []resize.Transform, side int) bool {
	for _, t := range ts {
		if mezzanineMargin*float64(max(t.Width, t.Height)) > float64(side) {
			return false
		}
	}
	return true
}

// serves reports whether a transform can be made from a mezzanine with some header: the part that it takes is large
// enough for what it makes, and the transform does not speak of the original's own pixels.
func serves(h resize.Header, t resize.Transform) bool {
	plan, err := resize.PlanFor(t, h.Width, h.Height, nil)
	return err == nil && t.Rect == (resize.Rect{}) && t.Format != resize.Description &&
		float64(plan.Crop.Dx()) >= mezzanineMargin*float64(plan.Size.X) &&
		float64(plan.Crop.Dy()) >= mezzanineMargin*float64(plan.Size.Y)
}
