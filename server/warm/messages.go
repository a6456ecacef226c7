package warm

import (
	"context"
	"errors"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

var errNoQuarantine = errors.New("dead letters want a quarantine to go to")

// Message handles the events in a message of a queue. After an error all of the message should come again.
func (w *Warmer) Message(ctx context.Context, m Message) error {
	events, err := s3event.Decode([]byte(m.Body))
	if err != nil {
		return err
	}
	var errs []error
	for _, ev := range events {
		ev.Again = m.Receives > 1
		errs = append(errs, w.Handle(ctx, ev))
	}
	return errors.Join(errs...)
}

// DeadLetter is Message for a queue of dead letters. Nobody knows any more what a message failed on; so it has
// another try, and an original on which this one fails too is set aside with its error. What can't be set aside
// stays in the queue.
func (w *Warmer) DeadLetter(ctx context.Context, m Message) error {
	if w.config.Quarantine == nil {
		return errNoQuarantine
	}
	events, err := s3event.Decode([]byte(m.Body))
	if err != nil {
		return err
	}
	var errs []error
	for _, ev := range events {
		ev.Again = true
		err := w.Handle(ctx, ev)
		if err != nil && ctx.Err() == nil {
			err = w.GiveUp(ctx, ev, err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
