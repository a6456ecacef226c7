package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Flights make sure that what many ask for at once is made once. The zero value is ready.
//
// A flight belongs to nobody: it runs under a deadline of its own and is not cancelled when those who wait for it
// leave, not even the one who began it. Its work is then done, and kept, for the next.
type Flights struct {
	mu      sync.Mutex
	flights map[Key]*flight
	landed  chan struct{} // closed when the last flight lands; nil while nobody waits for that
}

type flight struct {
	began   time.Time
	waiting atomic.Int64  // callers
	done    chan struct{} // closed when v and err are set
	v       *Variant
	err     error
}

// A Fill makes a variant.
type Fill func(ctx context.Context) (*Variant, error)

// A PanicError is the error of a flight that panicked. Its text is for a log: it holds the stack.
type PanicError struct {
	Value any
	Stack []byte
}

// errUnfinished is the error of a flight that runtime.Goexit ended.
var errUnfinished = errors.New("the flight ended without a variant")

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Do returns what fn makes for k. Callers with the same k at the same time share one run of fn, which has
// timeout to end and the values, but not the end, of the ctx of the one who began it; joined tells the others
// from that one. A caller whose ctx ends gets ctx's error, at once; one whose ctx had ended begins nothing.
func (f *Flights) Do(ctx context.Context, k Key, timeout time.Duration, fn Fill) (v *Variant, joined bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	one, joined := f.board(ctx, k, timeout, fn)
	one.waiting.Add(1)
	defer one.waiting.Add(-1)
	select {
	case <-one.done:
		return one.v, joined, one.err
	case <-ctx.Done():
		return nil, joined, ctx.Err()
	}
}

// board returns the flight for k, which it begins if none is in the air.
func (f *Flights) board(ctx context.Context, k Key, timeout time.Duration, fn Fill) (one *flight, joined bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, joined = f.flights[k]; joined {
		return one, true
	}
	if f.flights == nil {
		f.flights = make(map[Key]*flight)
	}
	one = &flight{began: time.Now(), done: make(chan struct{})}
	f.flights[k] = one
	go f.fly(context.WithoutCancel(ctx), k, one, timeout, fn)
	return one, false
}

// fly runs fn. Whatever becomes of it, the flight lands.
func (f *Flights) fly(ctx context.Context, k Key, one *flight, timeout time.Duration, fn Fill) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer f.land(k, one)
	defer func() {
		if p := recover(); p != nil {
			one.err = &PanicError{p, debug.Stack()}
		}
	}()
	one.err = errUnfinished // until fn returns
	one.v, one.err = fn(ctx)
}

func (f *Flights) land(k Key, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.flights, k)
	close(one.done)
	if len(f.flights) == 0 && f.landed != nil {
		close(f.landed)
		f.landed = nil
	}
}

// Running returns the number of flights in the air.
func (f *Flights) Running() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.flights)
}

// An Airborne is a flight in the air.
type Airborne struct {
	Key
	Began   time.Time
	Waiting int // callers; none when all have left
}

// Airborne returns the flights in the air, in no order.
func (f *Flights) Airborne() []Airborne {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Airborne, 0, len(f.flights))
	for k, one := range f.flights {
		all = append(all, Airborne{k, one.began, int(one.waiting.Load())})
	}
	return all
}

// Wait returns when no flight is in the air, or with ctx's error.
func (f *Flights) Wait(ctx context.Context) error {
	f.mu.Lock()
	if len(f.flights) == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.landed == nil {
		f.landed = make(chan struct{})
	}
	landed := f.landed
	f.mu.Unlock()
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
