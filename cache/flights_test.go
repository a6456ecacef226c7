package cache

import (
	"context"
	"errors"
	"runtime"
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
			t.Errorf("got %d runs and %d callers that joined, want 1 and 199", runs.Load(), joins.Load())
		}
		if len(f.InFlight()) != 0 {
			t.Errorf("got %d flights under way at the end", len(f.InFlight()))
		}
	})
}

func TestFlightOutlivesCallersThatLeave(t *testing.T) {
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
			t.Errorf("the caller that left got %v, want its own cancellation", err)
		}
		if err := <-errs; err != nil || ended != nil {
			t.Errorf("the caller that stayed got %v; the flight saw %v", err, ended)
		}
	})
}

// A flight goes on when all its callers have left, and the next caller joins it.
func TestFlightGoesOnWhenAllCallersHaveLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		leaving, leave := context.WithCancel(t.Context())
		runs, want := 0, variant(1)
		fill := func(context.Context) (*Variant, error) {
			runs++
			time.Sleep(time.Second)
			return want, nil
		}
		for range 3 {
			go f.Do(leaving, key, time.Minute, fill)
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		if v, joined, err := f.Do(t.Context(), key, time.Minute, fill); v != want || !joined || err != nil || runs != 1 {
			t.Errorf("got %v, joined %t, %v after %d runs, want to join the only one", v, joined, err, runs)
		}
		if _, joined, _ := f.Do(t.Context(), key, time.Minute, fill); joined || runs != 2 {
			t.Errorf("after it finished: joined %t, %d runs, want a new one", joined, runs)
		}
	})
}

func TestFlightsStartNothingForACallerThatHasLeft(t *testing.T) {
	var f Flights
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	started := false
	_, _, err := f.Do(ctx, key, time.Minute, func(context.Context) (*Variant, error) {
		started = true
		return variant(1), nil
	})
	if f.Wait(t.Context()); !errors.Is(err, context.Canceled) || started {
		t.Errorf("got %v, started %t, want context.Canceled and no flight", err, started)
	}
}

func TestFlightsHaveTheValuesOfTheFirstCaller(t *testing.T) {
	type name struct{}
	var f Flights
	ctx := context.WithValue(t.Context(), name{}, "ada")
	f.Do(ctx, key, time.Minute, func(ctx context.Context) (*Variant, error) {
		if ctx.Value(name{}) != "ada" {
			t.Error("the flight does not have the values of the caller that started it")
		}
		return variant(1), nil
	})
}

func TestFlightsOfDifferentKeysRunConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		for _, k := range []Key{key, {"cat.jpg", "w=320.auto"}, {"dog.jpg", "w=480.auto"}} {
			go f.Do(t.Context(), k, time.Minute, func(context.Context) (*Variant, error) {
				time.Sleep(time.Second)
				return variant(1), nil
			})
		}
		synctest.Wait()
		if got := len(f.InFlight()); got != 3 {
			t.Errorf("got %d under way, want 3", got)
		}
		if err := f.Wait(t.Context()); err != nil {
			t.Error(err)
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
	v, _, err := f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) { return variant(1), nil })
	if v == nil || err != nil {
		t.Errorf("afterwards: got %v, %v", v, err)
	}
}

// runtime.Goexit, as t.FailNow calls it, ends a flight that has returned nothing.
func TestFlightsSurviveAGoexit(t *testing.T) {
	var f Flights
	v, _, err := f.Do(t.Context(), key, time.Minute, func(context.Context) (*Variant, error) {
		runtime.Goexit()
		return nil, nil
	})
	if v != nil || err == nil || len(f.InFlight()) != 0 {
		t.Errorf("got %v, %v with %d under way, want an error", v, err, len(f.InFlight()))
	}
}

func TestFlightsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flights
		if err := f.Wait(t.Context()); err != nil {
			t.Errorf("with none under way: got %v", err)
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
		if err := f.Wait(t.Context()); err != nil || len(f.InFlight()) != 0 {
			t.Errorf("got %v with %d under way", err, len(f.InFlight()))
		}
	})
}
