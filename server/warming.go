package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

// warmTimeout bounds the making of all variants of an original.
const warmTimeout = 2 * time.Minute

// Stat returns the original's ETag. The error matches [fs.ErrNotExist] if there is no such original.
func (s *Server) Stat(ctx context.Context, original string) (etag string, err error) {
	seen, err := s.fresh.Look(ctx, original)
	if err != nil {
		return "", originals.Unreachable(err)
	}
	return seen.value()
}

// Warm makes those variants that the store does not hold of the original's present state, from one decode, with the marks that
// they have by default. It returns
// how many it made and how many were there. The error matches [fs.ErrNotExist] if there is no such original, and what
// the errors of an engine match if it will never decode; any other may be temporary.
func (s *Server) Warm(ctx context.Context, original string, ts []resize.Transform) (made, skipped int, err error) {
	if s.store == nil {
		return 0, 0, errors.New("warm: there is no store to keep variants in")
	}
	return s.warmNamed(ctx, original, s.grammar.Marked(original, ts))
}

// warmNamed is Warm for transforms that have their marks.
func (s *Server) warmNamed(ctx context.Context, original string, ts []resize.Transform) (made, skipped int, err error) {
	ts, err = s.versionedAll(ctx, ts)
	if err != nil {
		return 0, 0, err
	}
	for range fillAttempts {
		etag, err := s.Stat(ctx, original)
		if err != nil {
			return 0, 0, err
		}
		missing, drafts := s.missing(ctx, original, etag, ts)
		if len(missing) == 0 {
			return 0, len(ts), nil
		}
		made, err := s.warm(ctx, original, missing, drafts)
		if !errors.Is(err, errOvertaken) {
			return made, len(ts) - len(missing), err
		}
	}
	return 0, 0, errOvertaken
}

var errOvertaken = errors.New("the original changed while its variants were made")

// missing returns the transforms whose variants the store does not hold of the original with this ETag. Drafts of it are
// missing too, and are returned by name.
func (s *Server) missing(
	ctx context.Context, original, etag string, ts []resize.Transform,
) (missing []resize.Transform, drafts map[string]*cache.Variant) {
	drafts = make(map[string]*cache.Variant)
	for _, t := range ts {
		t = t.Normal()
		name := t.String()
		stored, err := s.store.Stat(ctx, cache.Key{Original: original, Transform: name})
		isCurrent := err == nil && stored.OriginalETag == etag
		if isCurrent && stored.Draft {
			drafts[name] = stored
		}
		if !isCurrent || stored.Draft {
			missing = append(missing, t)
		}
	}
	return missing, drafts
}

// warm makes variants and stores them. A transform whose rectangle misses the image, or that can't have its
// mark, is passed over. What was stored is
// verified even if there is an error after it.
func (s *Server) warm(
	ctx context.Context, original string, ts []resize.Transform, drafts map[string]*cache.Variant,
) (made int, err error) {
	work := render.Work{Engine: s.config.WarmEngine, Timeout: warmTimeout}
	outcomes := s.renderer.RenderAll(ctx, original, ts, work, s.observer(newLegs(ctx)))
	put, err := s.storeOutcomes(ctx, original, outcomes, drafts)
	if len(put) == 0 {
		return 0, err
	}
	switch s.verify(ctx, original, put) {
	case current:
		s.metrics.fills.WithLabelValues("warm").Add(float64(len(put)))
		return len(put), err
	case unverified:
		return 0, cmp.Or(err, errUnverified)
	}
	return 0, errOvertaken
}

var errUnverified = fmt.Errorf("%w: not seen again after its variants were made", originals.ErrUnreachable)

// storeOutcomes stores rendered variants, or the drafts that are smaller, until there is an error, and returns those that were
// put.
func (s *Server) storeOutcomes(
	ctx context.Context, original string, outcomes []render.Outcome, drafts map[string]*cache.Variant,
) (put map[string]*cache.Variant, err error) {
	put = make(map[string]*cache.Variant, len(outcomes))
	for _, outcome := range outcomes {
		if errors.Is(outcome.Err, resize.ErrRect) || errors.Is(outcome.Err, resize.ErrMark) || errors.Is(outcome.Err, resize.ErrBytes) {
			continue
		}
		name := outcome.Transform.String()
		k, draft := cache.Key{Original: original, Transform: name}, drafts[name]
		var v *cache.Variant
		if outcome.Err == nil {
			v = newVariant(outcome.Variant)
		}
		failure, failed := errors.AsType[*render.WorkError](outcome.Err)
		if draft != nil && (v != nil || failed && failure.OriginalETag == draft.OriginalETag) {
			v = cmp.Or(s.finalOf(ctx, k, v, draft), v)
		}
		if v == nil {
			return put, outcome.Err
		}
		put[name] = v // also if the put fails: it may have been stored all the same
		err := s.store.Put(ctx, k, v)
		if err != nil && !errors.Is(err, cache.ErrName) {
			return put, err
		}
	}
	return put, nil
}

// Finish makes the finals of an original's drafts, which are named by their transforms. What is not a draft, or not the name of
// a transform, is skipped. The error is that of [Server.Warm].
func (s *Server) Finish(ctx context.Context, original string, names []string) error {
	var ts []resize.Transform
	for _, name := range names {
		if t, err := resize.ParseTransform(name); err == nil {
			ts = append(ts, t)
		}
	}
	for batch := range slices.Chunk(ts, finishAtOnce) {
		if _, _, err := s.warmNamed(ctx, original, batch); err != nil {
			return err
		}
	}
	return nil
}

// finishAtOnce is the number of drafts that are finished from one decode: all of it has to be done within the time of a
// warming, and is held in memory until it is.
const finishAtOnce = 16

// DropStale forgets the variants of an original that were made from another state of it than the one with this ETag, and
// returns how many it dropped and how many it kept. A nil error means that the store holds none of another state any more.
// A trace counts as dropped. Without a store it can't know, and returns that it has dropped one.
func (s *Server) DropStale(ctx context.Context, original, etag string) (dropped, kept int, err error) {
	s.renderer.Seal(original)
	s.failures.Drop(original)
	s.fresh.Forget(original)
	s.memory.DropStale(original, etag)
	if s.store == nil {
		return 1, 0, nil
	}
	return cache.DropStale(ctx, s.store, original, etag)
}

// Retire implements [warm.Target]. The trace has a name of its own in each call: a trace that another process left may be
// of variants that were dropped after the purge of this one, and must stay until that process has purged.
func (s *Server) Retire(ctx context.Context, original, etag string) (dropped int, done func(context.Context) error, err error) {
	s.forgetLocally(original)
	done = func(context.Context) error { return nil }
	if s.store == nil {
		return 1, done, nil
	}
	stored, err := cache.List(ctx, s.store, original)
	if err != nil {
		return 0, nil, err
	}
	var stale []string
	for _, variant := range stored {
		if variant.OriginalETag != etag || etag == "" {
			stale = append(stale, variant.Transform)
		}
	}
	if len(stale) == 0 {
		return 0, done, nil
	}
	trace := traceName + "-" + rand.Text()[:traceLetters]
	switch err := s.putTrace(ctx, original, trace); {
	case err == nil:
		done = func(ctx context.Context) error { return s.store.Delete(ctx, original, trace) }
	case !errors.Is(err, cache.ErrName): // of which there may be no room in a name
		return 0, nil, err
	}
	return len(stale), done, s.store.Delete(ctx, original, stale...)
}

// traceLetters is the number of letters that tell traces of one original apart.
const traceLetters = 6

// Drop forgets every variant of an original. A nil error means that the store holds none any more. It reports whether
// there were any; without a store it can't know, and reports that there may have been.
func (s *Server) Drop(ctx context.Context, original string) (dropped bool, err error) {
	s.forgetLocally(original)
	if s.store == nil {
		return true, nil
	}
	transforms, err := s.store.Transforms(ctx, original)
	if err != nil {
		return false, err
	}
	if len(transforms) == 0 {
		return false, nil
	}
	return true, s.store.Drop(ctx, original)
}

// SecondSettlement returns how long after an event was handled its original is to be settled a second time: when every
// process has looked at the original again, and every fill of its old state has ended and was stored, or given up.
func SecondSettlement(revalidate, fillTimeout time.Duration) time.Duration {
	return max(revalidate, 0) + longestFill(fillTimeout) + storeTimeout
}
