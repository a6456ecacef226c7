package warm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// settleAttempts is how often an original may change under the work on it before its event has to come again.
const settleAttempts = 5

var errRestless = errors.New("the original changes faster than it is warmed")

// settle brings what is stored of an original to what the original is now. It runs when it is the key's turn.
func (w *Warmer) settle(ctx context.Context, key string, ev s3event.Event, arrived int64) (r Result, err error) {
	last := w.keys.Known(key)
	if last.began > arrived { // somebody looked after this event had come, and so saw what it is about
		last.sequencer = ev.Sequencer
		w.keys.Settle(key, last)
		return Result{outcome: "coalesced"}, nil
	}
	began := w.keys.Tick()
	etag, err := w.look(ctx, key)
	if err != nil {
		return Result{}, err
	}
	// A try that died may have dropped what others had made: then there is nothing to be spared. Else an original
	// that is back after it was removed has an event of its own.
	back := ev.Kind == s3event.Removed && etag != ""
	if !ev.Redelivered && (back || last.covers(ev, etag)) {
		return Result{outcome: "late"}, nil
	}
	for range settleAttempts {
		step, fault := w.step(ctx, key, etag)
		r.Dropped = r.Dropped || step.Dropped
		r.Made, r.Skipped, r.Fault, r.outcome = r.Made+step.Made, step.Skipped, step.Fault, step.outcome
		if fault != nil && !errors.Is(fault, fs.ErrNotExist) {
			return r, fault
		}
		now, err := w.look(ctx, key)
		if err != nil {
			return r, err
		}
		if now == etag && fault == nil {
			return r, w.conclude(ctx, key, ev, settled{began, etag, ev.Sequencer}, r)
		}
		etag = now
	}
	return r, errRestless
}

// covers tells whether ev is of the past: it is no later than one that was settled, and the original is as that
// left it.
func (s settled) covers(ev s3event.Event, etag string) bool {
	known := s.began > 0 && ev.Sequencer != "" && s.sequencer != ""
	return known && !ev.Sequencer.After(s.sequencer) && s.etag == etag
}

// step takes an original that was seen with this ETag a step on. Old variants go first, be the ETag the one that
// was settled before: the picture may have been replaced and put back, and variants made in between. An error that
// matches fs.ErrNotExist says that the original is gone meanwhile.
func (w *Warmer) step(ctx context.Context, key, etag string) (Result, error) {
	dropped, err := w.config.Target.Drop(ctx, key)
	if err != nil {
		return Result{}, fmt.Errorf("drop %s: %w", key, err)
	}
	r := Result{outcome: "dropped"}
	if etag != "" {
		r, err = w.warm(ctx, key, etag)
	}
	r.Dropped = dropped
	return r, err
}

// warm makes what is missing, unless the original is known never to decode. A fault of the original is in the
// result: whether it is of the bytes under etag only the next look can tell.
func (w *Warmer) warm(ctx context.Context, key, etag string) (Result, error) {
	if w.config.Quarantine != nil {
		if fault := w.config.Quarantine.DecodeError(ctx, key, etag); fault != nil {
			return Result{Fault: fault, outcome: "quarantined"}, nil //nolint:nilerr // the fault is the result
		}
	}
	if len(w.config.Transforms) == 0 {
		return Result{outcome: "warmed"}, nil
	}
	made, skipped, err := w.config.Target.Warm(ctx, key, w.config.Transforms)
	w.config.Metrics.variants.WithLabelValues("made").Add(float64(made))
	w.config.Metrics.variants.WithLabelValues("skipped").Add(float64(skipped))
	r := Result{Made: made, Skipped: skipped, outcome: "warmed"}
	if _, forEver := quarantine.ReasonOf(err); forEver {
		r.Fault, r.outcome = err, "faulty"
		return r, nil
	}
	if errors.Is(err, resize.ErrRect) { // not the picture's fault, and no better next time
		w.log.WarnContext(ctx, "transform not possible", "original", key, "err", err)
		return r, nil
	}
	return r, err
}

// conclude keeps what was found out about an original that did not change during the work.
func (w *Warmer) conclude(ctx context.Context, key string, ev s3event.Event, s settled, r Result) error {
	if r.outcome == "faulty" {
		if err := w.setAside(ctx, key, s.etag, r.Fault, &ev); err != nil {
			return err
		}
	}
	w.keys.Settle(key, s)
	return nil
}

var errNoQuarantine = errors.New("dead letters want a quarantine to go to")

// DeadLetter handles an event from a queue of dead letters. The error that it failed with is lost, so it gets one more
// try, and an original on which this try fails too is set aside with its error. An error means that it could not be set
// aside, and that the event has to stay in the queue.
func (w *Warmer) DeadLetter(ctx context.Context, ev s3event.Event) error {
	if w.config.Quarantine == nil {
		return errNoQuarantine
	}
	ev.Redelivered = true
	err := w.Handle(ctx, ev)
	if err != nil && ctx.Err() == nil {
		err = w.GiveUp(ctx, ev, err)
	}
	return err
}

// GiveUp sets an original aside on whose event every try has failed, the last one with err. The lazy path goes
// on trying such an original. An original that only the CDN would not forget stays where it is; err is returned.
func (w *Warmer) GiveUp(ctx context.Context, ev s3event.Event, err error) error {
	key, ok := w.original(ev)
	if !ok {
		return nil
	}
	if _, ok := errors.AsType[*InvalidateError](err); ok {
		return err
	}
	etag, errStat := w.look(ctx, key)
	if errStat == nil && etag == "" {
		return nil // gone, and nothing to set aside
	}
	err = w.setAside(ctx, key, etag, err, &ev)
	if errors.Is(err, quarantine.ErrChanged) {
		return nil // which has an event of its own
	}
	return err
}

// setAside puts an original into the quarantine, in the state that it was found faulty in.
func (w *Warmer) setAside(ctx context.Context, key, etag string, fault error, ev *s3event.Event) error {
	reason, forEver := quarantine.ReasonOf(fault)
	if !forEver {
		reason = quarantine.Exhausted
	}
	w.log.WarnContext(ctx, "original set aside", "original", key, "reason", string(reason), "err", fault)
	w.config.Metrics.quarantined.WithLabelValues(string(reason)).Inc()
	if w.config.Quarantine == nil {
		return nil
	}
	err := w.config.Quarantine.Put(ctx, quarantine.Case{
		Original: key, ETag: etag, Reason: reason, Error: fault.Error(), Time: time.Now().UTC(), Event: ev,
	})
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", key, err)
	}
	return nil
}
