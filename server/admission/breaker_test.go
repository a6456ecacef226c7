package admission

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

var errDown = errors.New("down")

func newTestBreaker() *Breaker {
	return NewBreaker("photos", func(err error) bool { return errors.Is(err, errDown) }, slog.New(slog.DiscardHandler))
}

func call(b *Breaker, err error) error {
	c, refused := b.Allow()
	if refused != nil {
		return refused
	}
	c.Done(err)
	return err
}

func TestBreakerOpensProbesAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker()
		for range breakerFailures - 1 {
			call(b, errDown)
		}
		call(b, nil) // failures count in a row
		for range breakerFailures - 1 {
			call(b, errDown)
		}
		if b.IsOpen() {
			t.Fatal("opened too early")
		}
		call(b, errDown)
		if !b.IsOpen() || b.Trips() != 1 {
			t.Fatalf("got open %t, %d trips, want an open breaker", b.IsOpen(), b.Trips())
		}
		if err := call(b, nil); !errors.Is(err, ErrOpen) {
			t.Errorf("at once: got %v, want ErrOpen", err)
		}

		time.Sleep(breakerPause)
		probe, err := b.Allow()
		if err != nil {
			t.Fatalf("after the pause: got %v, want a probe", err)
		}
		if _, err := b.Allow(); !errors.Is(err, ErrOpen) {
			t.Errorf("beside the probe: got %v, want ErrOpen", err)
		}
		time.Sleep(breakerPause)
		if _, err := b.Allow(); err != nil {
			t.Errorf("while the first probe hangs: got %v, want another probe", err)
		}
		probe.Succeeded()
		if b.IsOpen() {
			t.Error("a probe succeeded and the breaker is still open")
		}
	})
}

// Calls that began before the breaker opened end late, one after the other: they may not open it again.
func TestBreakerIgnoresOldCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker()
		var old []Call
		for range breakerFailures {
			c, err := b.Allow()
			if err != nil {
				t.Fatal(err)
			}
			old = append(old, c)
		}
		for range breakerFailures {
			call(b, errDown)
		}
		time.Sleep(breakerPause)
		call(b, nil)
		for _, c := range old {
			c.Failed(errDown)
		}
		if b.IsOpen() {
			t.Error("calls from before opened the breaker again")
		}
	})
}

func TestBreakerRetries(t *testing.T) {
	b := newTestBreaker()
	for i := range retryBurst {
		if !b.TakeRetry() {
			t.Fatalf("got no retry %d of the burst", i+1)
		}
	}
	if b.TakeRetry() {
		t.Fatal("got a retry beyond the burst")
	}
	for range 11 { // 11 × 0.1 is more than 1 in floating point, 10 × 0.1 is not
		call(b, nil)
	}
	if !b.TakeRetry() || b.TakeRetry() {
		t.Error("eleven successes should allow one retry")
	}
}

func TestBreakerOutages(t *testing.T) {
	b := newTestBreaker()
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errDown, true},
		{fmt.Errorf("get: %w", errDown), true},
		{errors.New("no such key"), false},
		{context.Canceled, false},
		{errors.Join(errDown, context.Canceled), false},
		{errors.Join(errDown, ErrOpen), false},
	} {
		if got := b.IsOutage(test.err); got != test.want {
			t.Errorf("%v: got %t, want %t", test.err, got, test.want)
		}
	}
}
