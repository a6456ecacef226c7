package server

import (
	"context"
	"errors"
	"io/fs"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// A mezzanine is a smaller picture of an original that is slow to read, kept next to its variants and dropped with
// them: small sizes are made from it. Its name is no transform's normal form, so that it is never served.
const mezzanineName = "mezzanine.jpeg"

// mezzanineQuality loses nothing that two thirds of its size could show.
const mezzanineQuality = 95

// mezzanineMargin is how many times smaller a variant must be than the mezzanine that it is made from.
const mezzanineMargin = 1.5

// wantsMezzanine tells whether an original is worth one: large, or of a kind whose decoding is slow. What has
// alpha, or moves, is not.
func (s *Server) wantsMezzanine(h resize.Header) bool {
	if s.config.Mezzanine == 0 || s.store == nil || max(h.Width, h.Height) <= s.config.Mezzanine {
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

// mezzanine lets a batch be made from the mezzanine, if there is one of the original as it is now and it serves all
// that is asked; from then on only those may join whom it serves.
func (s *Server) mezzanine(ctx context.Context, one *batch, from *input) {
	if !allSmaller(s.batches.asked(one), s.config.Mezzanine) {
		return
	}
	v, err := s.store.Get(ctx, cache.Key{Original: one.original, Transform: mezzanineName})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.WarnContext(ctx, "mezzanine not read", "original", one.original, "err", err)
	}
	if err != nil || v.OriginalETag != from.etag {
		return
	}
	h, err := resize.ProbeBytes(v.Body)
	if err != nil || !s.batches.restrict(one, func(t resize.Transform) bool { return serves(h, t) }) {
		return
	}
	s.metrics.mezzanines.Inc()
	*from = input{
		header: h, need: s.needOf(h, int64(len(v.Body))), etag: from.etag, isMezzanine: true,
		read: func() ([]byte, error) { return v.Body, nil },
	}
}

// allSmaller spares a look into the store for what no mezzanine can serve.
func allSmaller(ts []resize.Transform, side int) bool {
	for _, t := range ts {
		if mezzanineMargin*float64(max(t.Width, t.Height)) > float64(side) {
			return false
		}
	}
	return true
}

// serves tells whether a transform can be made from a mezzanine: what it takes is enough larger than what it
// makes, and it doesn't speak of the original's own pixels.
func serves(h resize.Header, t resize.Transform) bool {
	plan, err := resize.PlanFor(t, h.Width, h.Height, nil)
	return err == nil && t.Rect == (resize.Rect{}) && t.Format != resize.Description &&
		float64(plan.Crop.Dx()) >= mezzanineMargin*float64(plan.Size.X) &&
		float64(plan.Crop.Dy()) >= mezzanineMargin*float64(plan.Size.Y)
}

// mezzanineOf is the recipe of one.
func (s *Server) mezzanineOf() resize.Transform {
	side := s.config.Mezzanine
	return resize.Transform{Width: side, Height: side, Quality: mezzanineQuality, Format: resize.JPEG}.Normal()
}

// asked returns what is asked of a batch so far.
func (bs *batches) asked(one *batch) []resize.Transform {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	return transformsOf(one.made)
}

// restrict lets only those join whom something serves; false if it does not serve those who did.
func (bs *batches) restrict(one *batch, serves func(resize.Transform) bool) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	for _, m := range one.made {
		if !serves(m.t) {
			return false
		}
	}
	one.serves = serves
	return true
}
