package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
	"github.com/imgorigin/imgorigin/server/warm/warmtest"
)

var errBucketOut = errors.New("the bucket does not answer")

// settlerOf returns a settler that sends to a queue, and takes errBucketOut for an outage.
func settlerOf(queue *intaketest.SQS, url string, handle func(context.Context, s3event.Event) (*s3event.Event, error)) Settler {
	return Settler{
		Handle: handle, IsOutage: func(err error) bool { return errors.Is(err, errBucketOut) },
		Send: Sender{Client: queue, URL: url}.Send, SecondAfter: 90 * time.Second, Metrics: NewMetrics(), Log: slog.New(slog.DiscardHandler),
	}
}

// The variants bucket is out for two minutes while originals are deleted and overwritten. A queue allows three attempts,
// which are over within half a minute: none may be spent on this, and everything is settled at the end.
func TestOutageCostsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		dead := queue.Create("dead", time.Minute, "", 0)
		url := queue.Create("images", time.Minute, dead, 3)
		target := warmtest.NewTarget()
		w := newWarmer(t, warm.Config{Target: target})
		var isOut atomic.Bool
		for i := range 200 {
			target.Put(fmt.Sprintf("%d.jpg", i))
			if _, err := w.Handle(t.Context(), target.LastEvent()); err != nil {
				t.Fatal(err)
			}
			target.Request(fmt.Sprintf("%d.jpg", i), "w=77.auto")
		}
		events := len(target.Events)
		for i := range 200 {
			if i%2 == 0 {
				target.Remove(fmt.Sprintf("%d.jpg", i))
			} else {
				target.Put(fmt.Sprintf("%d.jpg", i))
			}
		}
		for _, ev := range target.Events[events:] {
			send(t, &queue, url, warmtest.Message(ev))
		}
		isOut.Store(true)
		time.AfterFunc(2*time.Minute, func() { isOut.Store(false) })
		s := settlerOf(&queue, url, func(ctx context.Context, ev s3event.Event) (*s3event.Event, error) {
			if isOut.Load() {
				return nil, fmt.Errorf("drop: %w", errBucketOut)
			}
			return w.Handle(ctx, ev)
		})
		stop := consume(t, Consumer{Client: &queue, URL: url, Handle: s.Message, IsPaused: isOut.Load})
		time.Sleep(2*time.Minute + 8*time.Minute)
		if err := target.Check(warmtest.Ladder); err != nil {
			t.Error(err)
		}
		for i := range 200 {
			if variants := target.Variants[fmt.Sprintf("%d.jpg", i)]; i%2 == 0 && len(variants) > 0 {
				t.Errorf("%d.jpg was removed and has %d variants", i, len(variants))
			}
		}
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		for _, url := range []string{url, dead} {
			if visible, inFlight := queue.Count(url); visible+inFlight != 0 {
				t.Errorf("%s: got %d+%d messages left, want none", url, visible, inFlight)
			}
		}
	})
}

// An event that settled its original is followed by another, not before the delay, even if that is longer than a queue
// can delay a message.
func TestSecondEvent(t *testing.T) {
	for _, delay := range []time.Duration{90 * time.Second, 40 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			var queue intaketest.SQS
			url := queue.Create("images", time.Minute, "", 0)
			began := time.Now()
			var handled []time.Duration
			s := settlerOf(&queue, url, func(ctx context.Context, ev s3event.Event) (*s3event.Event, error) {
				handled = append(handled, time.Since(began))
				if ev.Second {
					if ev.Key != "a ü.jpg" || !ev.Purge {
						t.Errorf("got %+v", ev)
					}
					return nil, nil
				}
				second := ev
				second.Second, second.Purge = true, true
				return &second, nil
			})
			s.SecondAfter = delay
			send(t, &queue, url, warmtest.Message(s3event.Event{Kind: s3event.Created, Bucket: "photos", Key: "a ü.jpg"}))
			stop := consume(t, Consumer{Client: &queue, URL: url, Handle: s.Message})
			time.Sleep(2 * time.Hour)
			if err := stop(); err != nil {
				t.Error(err)
			}
			if len(handled) != 2 || handled[1] < delay || handled[1] > delay+time.Minute {
				t.Errorf("delay %v: got handled at %v, want at once and after the delay", delay, handled)
			}
			if visible, inFlight := queue.Count(url); visible+inFlight != 0 {
				t.Errorf("got %d+%d messages left", visible, inFlight)
			}
		})
	}
}

// An event whose second event can't be sent is not done.
func TestSecondEventNotSent(t *testing.T) {
	var queue intaketest.SQS
	url := queue.Create("images", time.Minute, "", 0)
	s := settlerOf(&queue, url, func(ctx context.Context, ev s3event.Event) (*s3event.Event, error) { return &ev, nil })
	errSend := errors.New("throttled")
	s.Send = func(context.Context, s3event.Event, time.Duration) error { return errSend }
	if err := s.Event(t.Context(), s3event.Event{}); !errors.Is(err, errSend) {
		t.Errorf("second: got %v, want the error of Send", err)
	}
	s.Handle = func(context.Context, s3event.Event) (*s3event.Event, error) { return nil, errBucketOut }
	if err := s.Event(t.Context(), s3event.Event{}); !errors.Is(err, errBucketOut) || !errors.Is(err, errSend) {
		t.Errorf("outage: got %v, want both errors", err)
	}
}

// No error repeats for ever.
func TestDeferralsEnd(t *testing.T) {
	s := settlerOf(nil, "", func(context.Context, s3event.Event) (*s3event.Event, error) { return nil, errBucketOut })
	sent := 0
	s.Send = func(context.Context, s3event.Event, time.Duration) error { sent++; return nil }
	if err := s.Event(t.Context(), s3event.Event{Deferrals: maxDeferrals - 1}); err != nil || sent != 1 {
		t.Errorf("the last deferral: got %v, %d sent", err, sent)
	}
	if err := s.Event(t.Context(), s3event.Event{Deferrals: maxDeferrals}); !errors.Is(err, errBucketOut) || sent != 1 {
		t.Errorf("after it: got %v, %d sent, want the error", err, sent)
	}
	for deferrals, longest := range map[int]time.Duration{1: 5 * time.Second, 4: 40 * time.Second, 9: longestDeferral, 600: longestDeferral} {
		if got := postponement(deferrals, nil); got < longest/2 || got > longest {
			t.Errorf("pause after %d deferrals: got %v, want %v to %v", deferrals, got, longest/2, longest)
		}
	}
}

// The webhook's pool delays events in memory.
func TestPoolSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var handled []time.Duration
		var s Settler
		p := NewPool(PoolConfig{Handle: func(ctx context.Context, ev s3event.Event) error { return s.Event(ctx, ev) }, Delayed: 2})
		s = settlerOf(nil, "", func(ctx context.Context, ev s3event.Event) (*s3event.Event, error) {
			handled = append(handled, time.Since(began))
			if ev.Second {
				return nil, nil
			}
			return &s3event.Event{Key: ev.Key, Second: true}, nil
		})
		s.Send = p.Send
		p.Submit([]s3event.Event{{Key: "a.jpg"}})
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(handled) != 2 || handled[1] < 90*time.Second || handled[1] > 95*time.Second {
			t.Errorf("got handled at %v, want at once and after 90 s", handled)
		}
		for range 2 {
			if err := p.Send(t.Context(), s3event.Event{}, time.Hour); err != nil {
				t.Error(err)
			}
		}
		if err := p.Send(t.Context(), s3event.Event{}, time.Hour); !errors.Is(err, errPoolFull) {
			t.Errorf("beyond the limit: got %v, want errPoolFull", err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := p.Send(t.Context(), s3event.Event{}, time.Second); !errors.Is(err, errPoolClosed) {
			t.Errorf("after Close: got %v, want errPoolClosed", err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(handled) != 2 {
			t.Error("an event was handled after Close")
		}
	})
}

// An event is in hand when its pool closes: it is handled, its second event is lost with the process, and it is not
// handled once more for that.
func TestSecondEventOfClosedPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handled := 0
		s := settlerOf(nil, "", func(_ context.Context, ev s3event.Event) (*s3event.Event, error) {
			time.Sleep(time.Second)
			handled++
			return &ev, nil
		})
		p := NewPool(PoolConfig{Handle: func(ctx context.Context, ev s3event.Event) error { return s.Event(ctx, ev) }})
		s.Send = p.Send
		if !p.Submit([]s3event.Event{{Key: "cat.jpg"}}) {
			t.Fatal("the pool took no event")
		}
		synctest.Wait()
		if err := p.Close(t.Context()); err != nil || handled != 1 {
			t.Errorf("got error %v after %d attempts, want none after 1", err, handled)
		}
	})
}
