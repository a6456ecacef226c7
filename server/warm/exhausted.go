package warm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

var errNoQuarantine = errors.New("a queue of dead letters needs a quarantine")

// DeadLetter handles an event from a dead-letter queue. The error that it failed with is not known there, so it gets one
// more attempt; if that fails too, the original is quarantined with its error. After an error of DeadLetter the event has
// to stay in the queue.
//
// An outage is not an attempt: the event stays in the queue without it.
func (w *Warmer) DeadLetter(ctx context.Context, ev s3event.Event) (second *s3event.Event, err error) {
	if w.config.Quarantine == nil {
		return nil, errNoQuarantine
	}
	ev.Redelivered = true
	second, err = w.Handle(ctx, ev)
	if err != nil && ctx.Err() == nil && !IsOutage(err) {
		return nil, w.Exhausted(ctx, ev, err)
	}
	return second, err
}

// Exhausted quarantines the original of an event for which every attempt failed, the last with err. Requests go on trying
// to decode such an original. It returns err, and the event has to stay, if there is nothing to quarantine: if err includes
// an [InvalidateError], or if the original is gone and its variants could not be dropped.
func (w *Warmer) Exhausted(ctx context.Context, ev s3event.Event, err error) error {
	key, ok := w.original(ev)
	if !ok {
		return nil
	}
	if _, ok := errors.AsType[*InvalidateError](err); ok {
		return err
	}
	etag, errStat := w.stat(ctx, key)
	if errStat == nil && etag == "" {
		return err
	}
	err = w.quarantine(ctx, key, etag, err, &ev)
	if errors.Is(err, quarantine.ErrChanged) {
		return nil // the change has an event of its own
	}
	return err
}

// quarantine puts an original into the quarantine if it still has this ETag. cause is what the work on it ended with.
func (w *Warmer) quarantine(ctx context.Context, key, etag string, cause error, ev *s3event.Event) error {
	reason, permanent := quarantine.ReasonOf(cause)
	if !permanent {
		reason = quarantine.Exhausted
	}
	w.log.WarnContext(ctx, "original quarantined", "original", key, "reason", string(reason), "err", cause)
	w.config.Metrics.quarantined.WithLabelValues(string(reason)).Inc()
	if w.config.Quarantine == nil {
		return nil
	}
	err := w.config.Quarantine.Put(ctx, quarantine.Case{
		Original: key, ETag: etag, Reason: reason, Error: cause.Error(), Time: time.Now().UTC(), Event: ev,
	})
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", key, err)
	}
	return nil
}
