package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// fillAttempts is how often a fill is tried while the original keeps changing.
const fillAttempts = 3

// longestFill returns how long a fill may take. Its requests wait for half of that: what is finished after they were
// answered with an error is kept for the next ones.
func longestFill(timeout time.Duration) time.Duration { return 2 * timeout }

// fill makes a variant and keeps it. It runs in a flight: ctx has the deadline of the fill and is not cancelled when a
// client leaves.
func (s *Server) fill(ctx context.Context, k cache.Key, req grammar.Request, legs *legs) (*cache.Variant, error) {
	if v, ok := s.memory.Get(k); ok && suits(req, v) {
		return v, nil // made by a flight that ended just before this one began
	}
	flight := s.flightOf(req, k) // what fails when it is asked for by name may have a draft
	for attempt := 1; ; attempt++ {
		began := s.memory.Begin()
		v, err := s.makeFirst(ctx, k, req, legs)
		if err != nil {
			s.metrics.fills.WithLabelValues("error").Inc()
			s.failures.Add(flight, err, time.Now())
			if isOfOriginal(err) && s.store != nil {
				s.leaveTrace(ctx, k.Original)
			}
			return nil, err
		}
		s.failures.Remove(flight)
		if !s.keeps() {
			s.metrics.fills.WithLabelValues("ok").Inc()
			return v, nil
		}
		v = s.put(ctx, k, v, legs, began)
		switch s.verify(ctx, k.Original, map[string]*cache.Variant{k.Transform: v}) {
		case current:
			s.metrics.fills.WithLabelValues("ok").Inc()
			s.noteDraft(k, req.Transform, v)
			return v, nil
		case unverified:
			s.metrics.fills.WithLabelValues("unverified").Inc()
			return v, nil // it was the original's when that was read; it is not kept
		}
		s.metrics.fills.WithLabelValues("overtaken").Inc()
		if attempt == fillAttempts {
			return v, nil // likewise
		}
	}
}

// verify looks at an original again after variants of it were put, and takes back those that are not of its present
// state. If the original changed between the read and the put, the event may have dropped its variants before the put:
// only this look can find that out. A change after the look finds the variants in the store and drops them.
//
// A look that fails proves nothing. What it should have verified is taken back too: where a bucket is served without
// asking this process, an old variant would stay for good.
func (s *Server) verify(ctx context.Context, original string, put map[string]*cache.Variant) verdict {
	var etag string
	for _, v := range put {
		etag = v.OriginalETag
	}
	seen, err := s.lookAgain(ctx, original)
	if err != nil {
		s.log.WarnContext(ctx, "original not checked after a fill, variants not kept", "original", original, "err", err)
		s.takeBack(ctx, original, put)
		return unverified
	}
	return s.compare(ctx, original, etag, seen)
}

// compare returns what became of an original since it had some ETag, by a look at it, and forgets the variants of other states.
func (s *Server) compare(ctx context.Context, original, etag string, seen sighting) verdict {
	switch seen.etag {
	case etag:
		return current
	case "":
		s.forget(ctx, original)
		return gone
	}
	s.forgetStale(ctx, original, seen.etag)
	return changed
}

// lookAgain looks at an original a few times, with pauses that double, until a look succeeds.
func (s *Server) lookAgain(ctx context.Context, original string) (seen sighting, err error) {
	const looks = 4
	pause := 50 * time.Millisecond
	for range looks {
		if seen, err = s.fresh.Look(ctx, original); err == nil || ctx.Err() != nil {
			return seen, err
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return seen, err
		}
	}
	return seen, err
}

// takeBack removes variants that were put by this process.
func (s *Server) takeBack(ctx context.Context, original string, put map[string]*cache.Variant) {
	for transform, v := range put {
		s.memory.Remove(cache.Key{Original: original, Transform: transform}, v)
	}
	if s.store == nil {
		return
	}
	// The fill may have run out of time, and this must not depend on it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*storeTimeout)
	defer cancel()
	s.leaveTrace(ctx, original)
	s.storeFailed(ctx, "delete", original, s.store.Delete(ctx, original, slices.Collect(maps.Keys(put))...))
}

// traceName names an object that a server leaves next to the variants of an original when it removes some, or when it
// answers an error about the original. CloudFront may
// have read them from the bucket, and only the worker that handles the event of the change can purge it: the trace tells
// it that there was something to purge. It is dropped with the variants that are not of the present state. The name is no
// transform's normal form, so no URL asks for it.
const traceName = "removed"

// isOfOriginal reports whether an error is about the bytes of the original, and is answered with a long age: caches have to
// be purged of it when the original is replaced.
func isOfOriginal(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) ||
		errors.Is(err, resize.ErrTooLarge) || errors.Is(err, resize.ErrRect) || errors.Is(err, resize.ErrBytes)
}

// leaveTrace leaves a trace before variants of an original are removed, and after an error about it was answered.
func (s *Server) leaveTrace(ctx context.Context, original string) {
	err := s.putTrace(ctx, original, traceName)
	if !errors.Is(err, cache.ErrName) {
		s.storeFailed(ctx, "put", original, err)
	}
}

// putTrace puts a trace of this name. Its OriginalETag is not that of any original.
func (s *Server) putTrace(ctx context.Context, original, name string) error {
	body := []byte("variants were removed\n")
	return s.store.Put(ctx, cache.Key{Original: original, Transform: name}, &cache.Variant{
		Body: body, MediaType: "text/plain; charset=utf-8", ETag: cache.ETag(body), OriginalETag: traceName, Modified: time.Now(),
	})
}

// storeFailed counts and logs an error of removing variants from the store.
func (s *Server) storeFailed(ctx context.Context, act, original string, err error) {
	if err != nil {
		s.metrics.storeErrors.WithLabelValues(act).Inc()
		s.log.WarnContext(ctx, "stored variants not removed", "original", original, "err", err)
	}
}

// put keeps v in the store and in memory, and returns it as it is kept. It began to be made at began. A store that fails
// costs another process a fill, and no client its answer.
func (s *Server) put(ctx context.Context, k cache.Key, v *cache.Variant, legs *legs, began cache.Token) *cache.Variant {
	if s.store != nil && !s.putStored(ctx, k, v, legs) {
		unstored := *v
		unstored.Unstored = true
		v = &unstored
	}
	s.hold(k, v, began)
	return v
}

// putStored puts v into the store and reports whether it is there.
func (s *Server) putStored(ctx context.Context, k cache.Key, v *cache.Variant, legs *legs) bool {
	defer s.endLeg(legs, "put", time.Now())
	if !s.memory.Use(k, v) {
		return false // the bodies being sent fill the memory
	}
	defer s.memory.EndUse(v)
	err := s.store.Put(ctx, k, v)
	switch {
	case err == nil:
		legs.setStored()
		s.metrics.bytesSent.WithLabelValues("store").Add(float64(len(v.Body)))
	case !errors.Is(err, cache.ErrName) && !errors.Is(err, admission.ErrOpen):
		s.metrics.storeErrors.WithLabelValues("put").Inc()
		s.log.WarnContext(ctx, "variant not stored", "original", k.Original, "transform", k.Transform, "err", err)
	}
	return err == nil
}

// forget drops every variant of an original that is gone, and what is known of the original.
func (s *Server) forget(ctx context.Context, original string) {
	s.forgetLocally(original)
	s.dropLeavingTrace(ctx, original, "")
}

// forgetStale drops the variants of an original that are not of its present state, which has this ETag.
func (s *Server) forgetStale(ctx context.Context, original, etag string) {
	s.renderer.Seal(original)
	s.failures.Drop(original)
	s.memory.DropStale(original, etag)
	s.dropLeavingTrace(ctx, original, etag)
}

// forgetTimeout bounds the dropping of the variants that a request or a fill found stale. An original of which thousands are
// stored takes longer: they are found again, and the event of its change, which has more time, drops all of them.
const forgetTimeout = 2 * storeTimeout

// dropLeavingTrace drops the stored variants of an original that are not of its present state.
func (s *Server) dropLeavingTrace(ctx context.Context, original, etag string) {
	if s.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, forgetTimeout)
	defer cancel()
	stored, err := cache.List(ctx, s.store, original)
	var stale []string
	for _, variant := range stored {
		if variant.OriginalETag != etag && variant.Transform != traceName {
			stale = append(stale, variant.Transform)
		}
	}
	if len(stale) > 0 {
		s.leaveTrace(ctx, original)
		err = s.store.Delete(ctx, original, stale...)
	}
	s.storeFailed(ctx, "drop", original, err)
}

// forgetLocally drops what this process holds of an original, and keeps requests from joining its decode.
func (s *Server) forgetLocally(original string) {
	s.renderer.Seal(original)
	s.failures.Drop(original)
	s.fresh.Forget(original)
	s.memory.Drop(original)
}
