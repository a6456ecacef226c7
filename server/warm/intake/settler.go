package intake

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A Settler handles events so that none is lost and none is done too early:
//
//	Handle ──► settled ──► Send a second event, for when no process can be working on the old state any more ──► done
//	       ├─► an outage ► Send the event again, with a pause that doubles: it costs no attempt ─────────────────► done
//	       └─► any other error: the message is delivered again, and counts as an attempt
//
// A bucket or a CDN that does not answer is not the fault of an event. Deliveries that end so would move thousands of
// good events to the dead-letter queue within a minute.
type Settler struct {
	// Handle handles an event, as *warm.Warmer does: if it settled the original, it may return a second event, which is
	// to be handled after SecondAfter.
	Handle func(context.Context, s3event.Event) (second *s3event.Event, err error)

	// IsOutage reports whether an error of Handle is not the fault of the event.
	IsOutage func(error) bool

	// Send delivers an event to this settler after a delay of at most [MaxDelay]. When it has returned nil, the event
	// is as safe as those of the queue that they come from. Nil sends none: there are no second events, and an outage
	// is an attempt.
	Send func(ctx context.Context, ev s3event.Event, delay time.Duration) error

	// SecondAfter is the delay of second events. 0 sends none.
	SecondAfter time.Duration

	// Jitter returns a random part of a duration. The default is [rand.N].
	Jitter func(time.Duration) time.Duration

	// Metrics and Log are required.
	Metrics *Metrics
	Log     *slog.Logger
}

// MaxDelay is the longest delay of a message in SQS.
const MaxDelay = 15 * time.Minute

// longestDeferral bounds the pause before a deferred event is handled again, and with it how long after an outage its
// original is still unsettled.
const longestDeferral = time.Minute

// maxDeferrals bounds how often an event is sent again, so that no error repeats for ever: it is about a week. After that
// the event fails as any other.
const maxDeferrals = 7 * 24 * 60

// Event handles an event. After an error it has to be delivered again.
func (s Settler) Event(ctx context.Context, ev s3event.Event) error {
	if early := time.Until(ev.NotBefore); early > 0 && s.Send != nil {
		return s.Send(ctx, ev, min(early, MaxDelay))
	}
	ev.Redelivered = ev.Redelivered || ev.Deferrals > 0
	second, err := s.Handle(ctx, ev)
	switch {
	case err != nil && s.Send != nil && ctx.Err() == nil && s.IsOutage(err) && ev.Deferrals < maxDeferrals:
		return s.postpone(ctx, ev, err)
	case err != nil:
		return err
	case second == nil || s.Send == nil || s.SecondAfter <= 0:
		return nil
	}
	second.NotBefore = time.Now().Add(s.SecondAfter)
	err = s.Send(ctx, *second, min(s.SecondAfter, MaxDelay))
	if errors.Is(err, errPoolClosed) { // the process ends, which would lose the second event anyway
		s.Log.InfoContext(ctx, "second event lost", "original", ev.Key, "err", err)
		return nil
	}
	return err
}

// postpone sends an event again because of an outage.
func (s Settler) postpone(ctx context.Context, ev s3event.Event, cause error) error {
	ev.Deferrals++
	pause := postponement(ev.Deferrals, s.Jitter)
	if err := s.Send(ctx, ev, pause); err != nil {
		return errors.Join(cause, err)
	}
	s.Metrics.messages.WithLabelValues("deferred").Inc()
	s.Log.WarnContext(ctx, "event deferred", "original", ev.Key, "deferrals", ev.Deferrals, "pause", pause, "err", cause)
	return nil
}

// postponement returns the pause before an event is handled again after an outage: 2.5 to 5 s at first, twice as long after
// each further one, and a minute at most. It is random, so that events that failed together do not come back
// together.
func postponement(deferrals int, jitter func(time.Duration) time.Duration) time.Duration {
	longest := min(5*time.Second<<min(deferrals-1, 20), longestDeferral)
	if jitter == nil {
		jitter = rand.N[time.Duration]
	}
	return longest/2 + jitter(longest/2)
}

// Message handles the events in a message. The errors of all events are returned: then the whole message has to be
// delivered again. The error matches [s3event.ErrEnvelope] when the message is not about objects of S3.
func (s Settler) Message(ctx context.Context, m Message) error { return EachEvent(s.Event)(ctx, m) }
