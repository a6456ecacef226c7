package cache

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var key = Key{"cat.jpg", "w=480.auto"}

func TestFlightsShareOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		var runs, joins atomic.Int64
		want := variant(10)
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				v, joined, err := f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) {
					runs.Add(1)
					time.Sleep(time.Second)
					return want, nil
				})
				if v != want || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
				if joined {
					joins.Add(1)
				}
			})
		}
		wg.Wait()
		if runs.Load() != 1 || joins.Load() != 199 {
			t.Errorf("got %d runs and %d who joined, want 1 and 199", runs.Load(), joins.Load())
		}
		if f.Running() != 0 {
			t.Errorf("got %d flights in the air at the end", f.Running())
		}
	})
}

func TestFlightOutlivesThoseWhoLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		leaving, leave := context.WithCancel(t.Context())
		var ended error
		errs := make(chan error, 2)
		do := func(ctx context.Context) {
			_, _, err := f.Do(ctx, key, time.Minute, func(ctx context.Context) (*Variant, error) {
				time.Sleep(time.Second)
				ended = ctx.Err()
				return variant(1), nil
			})
			errs <- err
		}
		go do(leaving)
		synctest.Wait()
		go do(t.Context())
		synctest.Wait()
		leave()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v, want its own cancellation", err)
		}
		if err := <-errs; err != nil || ended != nil {
			t.Errorf("who stayed got %v; the flight saw %v", err, ended)
		}
	})
}

func TestFlightsHaveADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		began := time.Now()
		_, _, err := f.Do(t.Context(), key, time.Minute, func(ctx context.Context) (*Variant, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v, want the deadline after a minute", err, time.Since(began))
		}
	})
}

func TestFlightsSurviveAPanic(t *testing.T) {
	var f Flights
	_, _, err := f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) { panic("oh no") })
	p, ok := errors.AsType[*PanicError](err)
	if !ok || p.Value != "oh no" || !strings.Contains(string(p.Stack), "TestFlightsSurviveAPanic") {
		t.Errorf("got %v, want a PanicError with the stack of the panic", err)
	}
	if v, _, err := f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) { return variant(1), nil }); v == nil || err != nil {
		t.Errorf("afterwards: got %v, %v", v, err)
	}
}

func TestFlightsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		if err := f.Wait(t.Context()); err != nil {
			t.Errorf("with none in the air: got %v", err)
		}
		go f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) {
			time.Sleep(10 * time.Second)
			return variant(1), nil
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("too short a wait: got %v", err)
		}
		if err := f.Wait(t.Context()); err != nil || f.Running() != 0 {
			t.Errorf("got %v with %d in the air", err, f.Running())
		}
	})
}
