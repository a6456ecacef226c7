package intake

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// newPool returns a pool that is closed at the end of the test.
func newPool(t *testing.T, c PoolConfig) *Pool {
	p := NewPool(c)
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

func TestPoolTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h, exhausted deliveryCount
		pool := NewPool(PoolConfig{
			Handle: func(_ context.Context, ev s3event.Event) error {
				if times := h.add(ev.Key); ev.Redelivered != (times > 1) {
					t.Errorf("try %d: got Redelivered %t", times, ev.Redelivered)
				} else if ev.Key == "never" || times < 3 {
					return errors.New("throttled")
				}
				return nil
			},
			Exhausted: func(_ context.Context, ev s3event.Event, err error) error {
				exhausted.add(ev.Key + " " + err.Error())
				return nil
			},
		})
		pool.Submit([]s3event.Event{{Key: "later"}, {Key: "never"}})
		if err := pool.Close(t.Context()); err != nil {
			t.Error(err)
		}
		once := exhausted.times["never throttled"] == 1 && len(exhausted.times) == 1
		if h.times["later"] != 3 || h.times["never"] != 6 || !once {
			t.Errorf("got %v, exhausted %v", h.times, exhausted.times)
		}
	})
}

func TestPoolCloseInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(PoolConfig{
			Workers: 1,
			Handle:  func(ctx context.Context, ev s3event.Event) error { <-ctx.Done(); return ctx.Err() },
			Exhausted: func(context.Context, s3event.Event, error) error {
				t.Error("Exhausted was called for an interrupted event")
				return nil
			},
		})
		pool.Submit(make([]s3event.Event, 3))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := pool.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want an error, as events were not handled", err)
		}
	})
}
