package warm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// settleAttempts is how often an original may change during the work on it until its event has to be delivered again.
const settleAttempts = 5

var errChanging = errors.New("the original changes faster than it is warmed")

// settle brings the stored variants of an original to its present state. It runs when it is the key's turn.
func (w *Warmer) settle(ctx context.Context, key string, ev s3event.Event, arrived int64) (r Result, err error) {
	last := w.keys.Last(key)
	if last.began > arrived && !ev.Second { // the state that the event announces was there to be seen
		last.sequencer = ev.Sequencer
		w.keys.Settle(key, last)
		return Result{outcome: coalesced}, nil
	}
	began := w.keys.Tick()
	etag, err := w.stat(ctx, key)
	if err != nil {
		return Result{}, err
	}
	if !ev.Redelivered && !ev.Second && last.covers(ev, etag) {
		return Result{outcome: late}, nil
	}
	for range settleAttempts {
		step, errStep := w.step(ctx, key, etag, ev.Second)
		r.Dropped = r.Dropped || step.Dropped
		r.Made, r.Skipped, r.DecodeError, r.outcome = r.Made+step.Made, step.Skipped, step.DecodeError, step.outcome
		r.Gone, r.cached = step.Gone, r.cached || step.cached
		if errStep != nil && !errors.Is(errStep, fs.ErrNotExist) {
			return r, errStep
		}
		now, err := w.stat(ctx, key)
		if err != nil {
			return r, err
		}
		if now == etag && errStep == nil {
			return r, w.finish(ctx, key, ev, settled{began, etag, ev.Sequencer}, r)
		}
		etag = now
	}
	return r, errChanging
}

// covers reports whether ev is superseded: it is no later than the event that was settled, and the original still has
// the ETag of then.
func (s settled) covers(ev s3event.Event, etag string) bool {
	known := s.began > 0 && ev.Sequencer != "" && s.sequencer != ""
	return known && !ev.Sequencer.After(s.sequencer) && s.etag == etag
}

// step makes one attempt to settle an original that has this ETag: it drops the variants of its other states, and warms
// it. The second time there is nothing to warm if nothing was stale. The error matches [fs.ErrNotExist] when the
// original was removed during the work.
func (w *Warmer) step(ctx context.Context, key, etag string, second bool) (r Result, err error) {
	r.outcome = dropped
	anyDropped, kept, err := w.drop(ctx, key, etag)
	r.Dropped, r.Gone = anyDropped, etag == ""
	if err != nil {
		return Result{}, err
	}
	before := r
	switch {
	case second && !r.Dropped:
		r.outcome = clean
	case etag != "":
		r, err = w.warm(ctx, key, etag)
		r.Dropped = before.Dropped
	}
	r.cached = before.Gone || before.Dropped || kept > 0
	if second && before.Dropped && (r.outcome == warmed || r.outcome == dropped) {
		r.outcome = stale
	}
	return r, err
}

// sweep drops what is stale until the original is the same before and after. Without an error, done is to be called when the
// original has been purged: it removes the trace of the last attempt, which has dropped those of the attempts before.
func (w *Warmer) sweep(ctx context.Context, key string) (r Result, done func(context.Context) error, err error) {
	etag, err := w.stat(ctx, key)
	if err != nil {
		return r, nil, err
	}
	for range settleAttempts {
		dropped, done, err := w.config.Target.Retire(ctx, key, etag)
		if err != nil {
			return r, nil, fmt.Errorf("drop %s: %w", key, err)
		}
		r.Dropped, r.Gone = r.Dropped || dropped > 0, etag == ""
		now, err := w.stat(ctx, key)
		if err != nil || now == etag {
			return r, done, err
		}
		etag = now
	}
	return r, nil, errChanging
}

// drop drops the variants of an original that are not of the state with this ETag: all of them if it is "". It returns how
// many variants of that state it kept.
func (w *Warmer) drop(ctx context.Context, key, etag string) (anyDropped bool, kept int, err error) {
	if etag == "" {
		anyDropped, err = w.config.Target.Drop(ctx, key)
	} else {
		var dropped int
		dropped, kept, err = w.config.Target.DropStale(ctx, key, etag)
		anyDropped = dropped > 0
	}
	if err != nil {
		return false, 0, fmt.Errorf("drop %s: %w", key, err)
	}
	return anyDropped, kept, nil
}

// warm makes the variants that are missing, unless it is known that the original will never decode. A permanent error
// of the decode is in the result: whether it is about the bytes with this ETag, only the next stat can show.
func (w *Warmer) warm(ctx context.Context, key, etag string) (Result, error) {
	if w.config.Quarantine != nil {
		if errDecode := w.config.Quarantine.DecodeError(ctx, key, etag); errDecode != nil {
			return Result{DecodeError: errDecode, outcome: quarantined}, nil //nolint:nilerr // it is the result
		}
	}
	if len(w.config.Transforms) == 0 {
		return Result{outcome: warmed}, nil
	}
	if err := w.share.Acquire(ctx, 1); err != nil {
		return Result{}, err
	}
	defer w.share.Release(1)
	made, skipped, err := w.config.Target.Warm(ctx, key, w.config.Transforms)
	w.config.Metrics.variants.WithLabelValues("made").Add(float64(made))
	w.config.Metrics.variants.WithLabelValues("skipped").Add(float64(skipped))
	r := Result{Made: made, Skipped: skipped, outcome: warmed}
	if _, permanent := quarantine.ReasonOf(err); permanent {
		r.DecodeError, r.outcome = err, undecodable
		return r, nil
	}
	if errors.Is(err, resize.ErrRect) || errors.Is(err, resize.ErrBytes) { // the transform does not suit this original, and no retry changes that
		w.log.WarnContext(ctx, "transform not possible", "original", key, "err", err)
		return r, nil
	}
	return r, err
}

// finish ends the work on an original that did not change meanwhile: it quarantines the original if it turned out to be
// undecodable, takes a case of another state of it out of the quarantine, and remembers how the key was settled.
func (w *Warmer) finish(ctx context.Context, key string, ev s3event.Event, s settled, r Result) error {
	switch {
	case r.outcome == undecodable:
		if err := w.quarantine(ctx, key, s.etag, r.DecodeError, &ev); err != nil {
			return err
		}
	case w.config.Quarantine != nil && r.outcome != quarantined:
		if err := w.config.Quarantine.Outdated(ctx, key, s.etag); err != nil {
			return fmt.Errorf("quarantine %s: %w", key, err)
		}
	}
	if ev.Redelivered && w.config.Quarantine != nil { // an earlier attempt may have ended before the table was written
		if err := w.config.Quarantine.Confirm(ctx, key); err != nil {
			return fmt.Errorf("quarantine %s: %w", key, err)
		}
	}
	if !ev.Second { // which no second event follows: another event must not be taken for done because of it
		w.keys.Settle(key, s)
	}
	return nil
}
