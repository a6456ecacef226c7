package server

import (
	"context"
	"errors"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/render"
)

// replaceDrafts puts finals in the place of drafts, if they are of the present state of the original. A final that could not
// be made, and would likely fail again, leaves the draft as it is for good.
func (s *Server) replaceDrafts(
	ctx context.Context, original string, drafts map[string]*cache.Variant, outcomes []render.Outcome, began cache.Token,
) (err error) {
	made := make(map[string]*cache.Variant)
	var etag string
	for _, outcome := range outcomes {
		name := outcome.Transform.String()
		switch failed, madeFrom := failureOf(outcome, drafts[name], len(outcomes) == 1); {
		case outcome.Err == nil:
			made[outcome.Name] = newVariant(outcome.Variant)
			etag = outcome.OriginalETag
		case failed:
			made[name] = nil
			etag = madeFrom
		default:
			err = outcome.Err
		}
	}
	if len(made) == 0 {
		return err
	}
	seen, errLook := s.fresh.Look(ctx, original)
	if errLook != nil || s.compare(ctx, original, etag, seen) != current {
		return errLook
	}
	put := make(map[string]*cache.Variant)
	for name, v := range made {
		k := cache.Key{Original: original, Transform: name}
		if v = s.finalOf(ctx, k, v, drafts[name]); v != nil && v.OriginalETag == etag {
			put[name] = s.put(ctx, k, v, newLegs(ctx), began)
		}
	}
	if len(put) > 0 {
		s.verify(ctx, original, put)
	}
	return err
}

// failureOf reports whether a final would fail again, and the ETag of the original that it failed with. What takes too much
// memory or time together with others may be made alone.
func failureOf(outcome render.Outcome, draft *cache.Variant, isAlone bool) (failed bool, etag string) {
	if isAlone && errors.Is(outcome.Err, admission.ErrTooLargeAside) {
		return true, draft.OriginalETag
	}
	failure, ok := errors.AsType[*render.WorkError](outcome.Err)
	if !ok || failure.OriginalETag == "" || !isAlone && errors.Is(outcome.Err, context.DeadlineExceeded) {
		return false, ""
	}
	return true, failure.OriginalETag
}

// finalOf returns the final of a draft: what was made, or the draft itself if nothing was, or if what was made is of the same
// format and not smaller. Where bytes are limited, what is not smaller may have a better quality instead. It returns nil if that
// draft is no more.
func (s *Server) finalOf(ctx context.Context, k cache.Key, made, draft *cache.Variant) *cache.Variant {
	result := finalKept
	t, _ := resize.ParseTransform(k.Transform)
	switch {
	case made == nil:
		result = finalFailed
	case t.MaxBytes != 0, draft.OriginalETag != made.OriginalETag || draft.MediaType != made.MediaType || int64(len(made.Body)) < draft.Size:
		s.metrics.finals.WithLabelValues(finalMade).Inc()
		s.metrics.bytesSaved.Add(float64(max(0, draft.Size-int64(len(made.Body)))))
		return made
	}
	whole := s.findDraft(ctx, k)
	if whole == nil || whole.OriginalETag != draft.OriginalETag {
		return nil
	}
	s.metrics.finals.WithLabelValues(result).Inc()
	final := *whole
	final.Draft = false
	return &final
}

// findDraft returns a draft with its body, or nil if there is none.
func (s *Server) findDraft(ctx context.Context, k cache.Key) *cache.Variant {
	v, ok := s.memory.Get(k)
	if (!ok || v.Body == nil) && s.store != nil {
		var err error
		if v, err = s.store.Get(ctx, k); err != nil {
			s.reportRead(ctx, k, err)
			return nil
		}
	}
	if v == nil || !v.Draft {
		return nil
	}
	return v
}
