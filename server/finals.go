package server

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/originals"
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

// outagePause is how long it waits while a bucket does not answer.
const outagePause = time.Second

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
	s.makeFinalsOf(ctx, original, ts)
}

// makeFinalsOf makes finals of an original: in one decode, or each alone where they take too much memory or time together.
func (s *Server) makeFinalsOf(ctx context.Context, original string, ts []resize.Transform) {
	err := s.finishDrafts(ctx, original, ts)
	switch {
	case len(ts) > 1 && (errors.Is(err, admission.ErrTooLargeAside) || errors.Is(err, context.DeadlineExceeded)):
		for _, t := range ts {
			s.makeFinalsOf(ctx, original, []resize.Transform{t})
		}
	case errors.Is(err, admission.ErrBusy): // others were quicker to enter the gate
		s.wantAgain(original, ts, finalPause)
	case isOutage(err): // which costs a draft nothing
		s.wantAgain(original, ts, outagePause)
	case errors.Is(err, fs.ErrNotExist): // the original is gone, and so are its drafts
	case err != nil && ctx.Err() == nil:
		s.finals.failed()
		s.log.WarnContext(ctx, "finals not made", "original", original, "err", err)
	}
}

// isOutage reports whether an error is of a bucket that does not answer, or of its breaker.
func isOutage(err error) bool {
	return errors.Is(err, admission.ErrOpen) || errors.Is(err, originals.ErrUnreachable) || bucket.IsOutage(err)
}

// wantAgain queues drafts once more, and pauses.
func (s *Server) wantAgain(original string, ts []resize.Transform, pause time.Duration) {
	for _, t := range ts {
		s.wantFinal(cache.Key{Original: original}, t)
	}
	s.finals.sleep(pause)
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
	notObserved := func(string, time.Time) {} // how long no client waits is not to be told with how long they do
	outcomes := s.renderer.RenderAll(ctx, original, left, work, notObserved)
	return s.replaceDrafts(putting, original, drafts, outcomes, began)
}

// draftsOf returns those variants of an original that are drafts, by name and without their bodies.
func (s *Server) draftsOf(ctx context.Context, original string, ts []resize.Transform) (map[string]*cache.Variant, error) {
	drafts := make(map[string]*cache.Variant)
	for _, t := range ts {
		k := cache.Key{Original: original, Transform: t.String()}
		draft, err := s.draftOf(ctx, k)
		if err != nil {
			return nil, err
		}
		if draft != nil {
			drafts[k.Transform] = draft
		}
	}
	return drafts, nil
}

// draftOf returns a variant without its body, or nil if it is no draft. A draft in memory that is none in the store is forgotten:
// the next request finds what is in the store.
func (s *Server) draftOf(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	held, isHeld := s.memory.Get(k)
	isDraft := isHeld && held.Draft
	if s.store == nil || isHeld && held.Unstored {
		if !isDraft {
			return nil, nil
		}
		return describe(held), nil
	}
	stored, err := s.store.Stat(ctx, k)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case stored.Draft:
		return stored, nil
	case isDraft || !isHeld:
		s.metrics.finals.WithLabelValues(finalElsewhere).Inc()
	}
	if isDraft {
		s.memory.Remove(k, held)
	}
	return nil, nil
}
