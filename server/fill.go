package server

import (
	"context"
	"errors"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
)

// fillAttempts is how often a fill starts again because the original changed under it.
const fillAttempts = 3

// fill makes a variant and keeps it. It runs in a flight: ctx has the fill's deadline and nobody's cancellation.
func (s *Server) fill(ctx context.Context, k cache.Key, t resize.Transform, legs *legs) (*cache.Variant, error) {
	if v, ok := s.memory.Get(k); ok {
		return v, nil // a flight that ended just before this one began made it
	}
	for attempt := 1; ; attempt++ {
		rendered, err := s.renderer.Render(ctx, k.Original, t, s.observer(legs))
		if err != nil {
			s.metrics.fills.WithLabelValues("error").Inc()
			return nil, err
		}
		v := newVariant(rendered)
		if !s.keeps() {
			s.metrics.fills.WithLabelValues("ok").Inc()
			return v, nil
		}
		s.put(ctx, k, v, legs)
		if s.stillCurrent(ctx, k, v) {
			s.metrics.fills.WithLabelValues("ok").Inc()
			return v, nil
		}
		s.metrics.fills.WithLabelValues("overtaken").Inc()
		s.forget(ctx, k.Original)
		if attempt == fillAttempts {
			return v, nil // was the original's when it was read; nothing of it is kept
		}
	}
}

// stillCurrent looks at the original again after a put. What changed between the read and the put was perhaps
// announced, and its variants dropped, before the put: only this look can tell. A change after it finds the
// variant already there to be dropped.
func (s *Server) stillCurrent(ctx context.Context, k cache.Key, v *cache.Variant) bool {
	seen, err := s.fresh.Look(ctx, k.Original)
	if err != nil {
		s.log.WarnContext(ctx, "original not seen again after a fill", "original", k.Original, "err", err)
		return true
	}
	return seen.etag == v.OriginalETag
}

// put keeps v in the store and in memory. A store that fails costs the next process a fill, and nobody a picture.
func (s *Server) put(ctx context.Context, k cache.Key, v *cache.Variant, legs *legs) {
	s.memory.Put(k, v)
	if s.store == nil {
		return
	}
	defer s.end(legs, "put", time.Now())
	err := s.store.Put(ctx, k, v)
	switch {
	case err == nil:
		legs.keep()
		s.metrics.bytesOut.WithLabelValues("store").Add(float64(len(v.Body)))
	case !errors.Is(err, cache.ErrName) && !errors.Is(err, admission.ErrOpen):
		s.metrics.storeErrors.WithLabelValues("put").Inc()
		s.log.WarnContext(ctx, "variant not stored", "original", k.Original, "transform", k.Transform, "err", err)
	}
}

// forget drops every variant of an original, and what is known of the original.
func (s *Server) forget(ctx context.Context, original string) {
	s.renderer.Seal(original)
	s.fresh.Forget(original)
	s.memory.Drop(original)
	if s.store == nil {
		return
	}
	if err := s.store.Drop(ctx, original); err != nil {
		s.metrics.storeErrors.WithLabelValues("drop").Inc()
		s.log.WarnContext(ctx, "stored variants not dropped", "original", original, "err", err)
	}
}
