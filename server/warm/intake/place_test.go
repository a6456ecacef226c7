package intake

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/intake/intaketest"
)

// Messages that wait for something else take no places from others, stay leased, and get a place again for the rest of
// their work.
func TestWithoutPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		url := queue.Create("images", time.Minute, "", 0)
		for i := range 50 {
			send(t, &queue, url, fmt.Sprint("purge ", i))
		}
		send(t, &queue, url, "upload")
		began := time.Now()
		var h deliveryCount
		var uploaded time.Duration
		var now, most atomic.Int64
		work := func() {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(100 * time.Millisecond)
			now.Add(-1)
		}
		stop := consume(t, Consumer{Client: &queue, URL: url, AtOnce: 4, Waiting: 50, Handle: func(ctx context.Context, m Message) error {
			h.add(m.Body)
			work()
			if !strings.HasPrefix(m.Body, "purge") {
				uploaded = time.Since(began)
				return nil
			}
			err := WithoutPlace(ctx, func() error {
				time.Sleep(10 * time.Minute)
				return nil
			})
			work()
			return err
		}})
		time.Sleep(time.Hour)
		if err := stop(); err != nil {
			t.Error(err)
		}
		if uploaded == 0 || uploaded > 2*time.Second {
			t.Errorf("the upload behind 50 that wait took %v, want below 2s", uploaded)
		}
		visible, inFlight := queue.Count(url)
		if visible+inFlight != 0 || len(h.times) != 51 || most.Load() > 4 {
			t.Errorf("got %d+%d left, %d handled, %d at once, want 0, 51, at most 4", visible, inFlight, len(h.times), most.Load())
		}
		for body, times := range h.times {
			if times != 1 {
				t.Errorf("%s: handled %d times", body, times)
			}
		}
	})
}

// Where no more may wait without their places, they wait in them, so that a process holds a bounded number of messages.
func TestWithoutPlaceIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue intaketest.SQS
		url := queue.Create("images", time.Minute, "", 0)
		for i := range 20 {
			send(t, &queue, url, fmt.Sprint(i))
		}
		ended := make(chan struct{})
		stop := consume(t, Consumer{Client: &queue, URL: url, AtOnce: 4, Waiting: 5, Grace: time.Second, Handle: func(ctx context.Context, m Message) error {
			return WithoutPlace(ctx, func() error {
				select {
				case <-ended:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		}})
		time.Sleep(10 * time.Minute)
		if visible, inFlight := queue.Count(url); visible != 11 || inFlight != 9 {
			t.Errorf("got %d+%d, want 11 in the queue and 4 + 5 in flight", visible, inFlight)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if visible, inFlight := queue.Count(url); visible != 20 || inFlight != 0 {
			t.Errorf("after the end: got %d+%d, want all 20 back in the queue", visible, inFlight)
		}
	})
}

// Outside of a consumer there is no place to give away.
func TestWithoutPlaceElsewhere(t *testing.T) {
	if err := WithoutPlace(t.Context(), func() error { return context.Canceled }); err != context.Canceled {
		t.Errorf("got %v, want the error of the wait", err)
	}
}
