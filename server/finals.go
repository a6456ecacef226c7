package server

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/render"
)

// What became of drafts, as metrics tell.
const (
	finalMade      = "made"
	finalKept      = "kept"      // what was made was not smaller
	finalFailed    = "failed"    // nothing was made
	finalElsewhere = "elsewhere" // another process has made it
	finalRefused   = "refused"   // too many wait
)

// noteDraft counts a variant that was just put, and queues it, if it is a draft.
func (s *Server) noteDraft(k cache.Key, t resize.Transform, v *cache.Variant) {
	if v.Draft {
		s.metrics.drafts.Inc()
		s.wantFinal(k, t)
	}
}

// wantFinal queues a draft, and starts the worker if there is none.
func (s *Server) wantFinal(k cache.Key, t resize.Transform) {
	isRefused, isFirst := s.finals.add(k.Original, t)
	if isRefused {
		s.metrics.finals.WithLabelValues(finalRefused).Inc()
	}
	if isFirst {
		s.finishing.Go(s.makeFinals)
	}
}

// finalPause is how long the worker waits until it looks again whether the gate has room.
const finalPause = 100 * time.Millisecond

// makeFinals makes finals until no draft waits, or the server is shut down.
func (s *Server) makeFinals() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.finishing.Go(func() {
		select {
		case <-s.finals.closed:
			cancel() // the engine ends after the variant that it is at
		case <-ctx.Done():
		}
	})
	for {
		since, ok := s.finals.oldest()
		if !ok {
			return
		}
		isOpen := s.finals.sleep(s.config.Drafts.Delay - time.Since(since))
		for isOpen && !s.gate.HasRoomAside() {
			isOpen = s.finals.sleep(finalPause)
		}
		if isOpen {
			s.makeNextFinals(ctx)
		}
	}
}

// leaveFinals waits a moment for the final that is under way. An encoder in C can't be stopped, and nobody was promised the
// final: the draft is in the store.
func (s *Server) leaveFinals(ctx context.Context) {
	const moment = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	ended := make(chan struct{})
	go func() { s.finishing.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// makeNextFinals makes the finals of the original that has waited longest.
func (s *Server) makeNextFinals(ctx context.Context) {
	original, ts := s.finals.take()
	err := s.finishDrafts(ctx, original, ts)
	switch {
	case errors.Is(err, admission.ErrBusy): // others were quicker to enter the gate
		for _, t := range ts {
			s.finals.add(original, t)
		}
		s.finals.sleep(finalPause)
	case err != nil && ctx.Err() == nil:
		s.finals.failed()
		s.log.WarnContext(ctx, "finals not made", "original", original, "err", err)
	}
}

// finishDrafts makes the finals of an original's drafts, unless they are drafts no more. After an error they stay drafts.
func (s *Server) finishDrafts(ctx context.Context, original string, ts []resize.Transform) error {
	timeout := longestFill(s.config.Load.FillTimeout) // as of a fill, so that the second settlement comes after it
	drafts, err := s.draftsOf(ctx, original, ts)
	if len(drafts) == 0 {
		return err
	}
	var left []resize.Transform
	for _, t := range ts {
		if drafts[t.String()] != nil {
			left = append(left, t)
		}
	}
	putting, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout) // also what is finished when ctx ends
	defer cancel()
	began := s.memory.Begin()
	work := render.Work{Engine: s.config.WarmEngine, Timeout: s.config.Load.FillTimeout, Aside: true}
	outcomes := s.renderer.RenderAll(ctx, original, left, work, s.observer(newLegs(ctx)))
	return s.replaceDrafts(putting, original, drafts, outcomes, began)
}

// draftsOf returns those variants of an original that are drafts, by name and without their bodies. Of one that is not it
// forgets the draft in memory: the next request finds what is in the store.
func (s *Server) draftsOf(ctx context.Context, original string, ts []resize.Transform) (map[string]*cache.Variant, error) {
	drafts := make(map[string]*cache.Variant)
	for _, t := range ts {
		k := cache.Key{Original: original, Transform: t.String()}
		held, isHeld := s.memory.Get(k)
		if s.store == nil || isHeld && held.Unstored {
			if isHeld && held.Draft {
				drafts[k.Transform] = describe(held)
			}
			continue
		}
		stored, err := s.store.Stat(ctx, k)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case err == nil && stored.Draft:
			drafts[k.Transform] = stored
			continue
		case err == nil:
			s.metrics.finals.WithLabelValues(finalElsewhere).Inc()
		}
		if isHeld && held.Draft {
			s.memory.Remove(k, held)
		}
	}
	return drafts, nil
}

// replaceDrafts puts finals in the place of drafts, if they are of the present state of the original. A final that could not
// be made, and would likely fail again, leaves the draft as it is for good.
func (s *Server) replaceDrafts(
	ctx context.Context, original string, drafts map[string]*cache.Variant, outcomes []render.Outcome, began cache.Token,
) (err error) {
	made := make(map[string]*cache.Variant)
	var etag string
	for _, outcome := range outcomes {
		if outcome.Err == nil {
			made[outcome.Name] = newVariant(outcome.Variant)
			etag = outcome.OriginalETag
		} else if failure, ok := errors.AsType[*render.WorkError](outcome.Err); ok {
			made[outcome.Transform.String()] = nil
			etag = failure.OriginalETag
		} else {
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
	s.verify(ctx, original, put)
	return err
}

// finalOf returns the final of a draft: what was made, or the draft itself if nothing was, or if what was made is of the same
// format and not smaller. It returns nil if that draft is no more.
func (s *Server) finalOf(ctx context.Context, k cache.Key, made, draft *cache.Variant) *cache.Variant {
	result := finalKept
	switch {
	case made == nil:
		result = finalFailed
	case draft.OriginalETag != made.OriginalETag || draft.MediaType != made.MediaType || int64(len(made.Body)) < draft.Size:
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
