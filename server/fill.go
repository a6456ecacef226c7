package server

import (
	"context"
	"errors"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
)

// fillAttempts is how often a fill is tried while the original keeps changing.
const fillAttempts = 3

// fill makes a variant and keeps it. It runs in a flight: ctx has the deadline of the fill and is not cancelled when a
// client leaves.
func (s *Server) fill(ctx context.Context, k cache.Key, t resize.Transform, legs *legs) (*cache.Variant, error) {
	if v, ok := s.memory.Get(k); ok {
		return v, nil // made by a flight that ended just before this one began
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
		if s.isStillCurrent(ctx, k.Original, v) {
			s.metrics.fills.WithLabelValues("ok").Inc()
			return v, nil
		}
		s.metrics.fills.WithLabelValues("overtaken").Inc()
		s.forget(ctx, k.Original)
		if attempt == fillAttempts {
			return v, nil // it was the original's when that was read; nothing of it is kept
		}
	}
}

// isStillCurrent looks at the original again after a put and reports whether v is of its present state. If the original
// changed between the read and the put, the event may have dropped its variants before the put: only this look can
// find that out. A change after the look finds the variant in the store and drops it.
func (s *Server) isStillCurrent(ctx context.Context, original string, v *cache.Variant) bool {
	seen, err := s.fresh.Look(ctx, original)
	if err != nil {
		s.log.WarnContext(ctx, "original not checked after a fill", "original", original, "err", err)
		return true
	}
	return seen.etag == v.OriginalETag
}

// put keeps v in memory and in the store. A store that fails costs another process a fill, and no client its answer.
func (s *Server) put(ctx context.Context, k cache.Key, v *cache.Variant, legs *legs) {
	s.memory.Put(k, v)
	if s.store == nil {
		return
	}
	defer s.endLeg(legs, "put", time.Now())
	err := s.store.Put(ctx, k, v)
	switch {
	case err == nil:
		legs.setStored()
		s.metrics.bytesSent.WithLabelValues("store").Add(float64(len(v.Body)))
	case !errors.Is(err, cache.ErrName) && !errors.Is(err, admission.ErrOpen):
		s.metrics.storeErrors.WithLabelValues("put").Inc()
		s.log.WarnContext(ctx, "variant not stored", "original", k.Original, "transform", k.Transform, "err", err)
	}
}

// forget drops every variant of an original, and what is known of the original.
func (s *Server) forget(ctx context.Context, original string) {
	s.forgetLocally(original)
	if s.store == nil {
		return
	}
	if err := s.store.Drop(ctx, original); err != nil {
		s.metrics.storeErrors.WithLabelValues("drop").Inc()
		s.log.WarnContext(ctx, "stored variants not dropped", "original", original, "err", err)
	}
}

// forgetLocally drops what this process holds of an original, and keeps requests from joining its decode.
func (s *Server) forgetLocally(original string) {
	s.renderer.Seal(original)
	s.fresh.Forget(original)
	s.memory.Drop(original)
}
