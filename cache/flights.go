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

// Flights makes concurrent callers that ask for the same key share one run of the work: a flight. The zero value is
// ready to use.
//
// It differs from golang.org/x/sync/singleflight in three ways. A flight has a deadline of its own and belongs to
// none of its callers: it is not cancelled when they leave, not even by the first of them, so that work which has
// begun is done, and kept, for the next. A caller whose context ends returns at once. And a panic in a flight is an
// error, where DoChan would end the process.
type Flights struct {
	mu      sync.Mutex
	flights map[Key]*flight // those under way
	idle    chan struct{}   // closed when the last flight finishes; nil while no Wait is waiting
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

// Do returns the variant that fn makes for k. Callers with the same k at the same time share one run of fn; joined
// is false for the caller that started the run, and true for the others.
//
// fn has timeout to end. Its context has the values of the first caller's ctx, and neither its deadline nor its
// cancellation. A caller whose ctx ends gets ctx's error at once; one whose ctx has already ended starts no flight.
func (f *Flights) Do(ctx context.Context, k Key, timeout time.Duration, fn Fill) (v *Variant, joined bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	flight, joined := f.start(ctx, k, timeout, fn)
	flight.waiting.Add(1)
	defer flight.waiting.Add(-1)
	select {
	case <-flight.done:
		return flight.v, joined, flight.err
	case <-ctx.Done():
		return nil, joined, ctx.Err()
	}
}

// start returns the flight for k, and starts it unless it is under way: then joined is true.
func (f *Flights) start(ctx context.Context, k Key, timeout time.Duration, fn Fill) (_ *flight, joined bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if underWay, ok := f.flights[k]; ok {
		return underWay, true
	}
	if f.flights == nil {
		f.flights = make(map[Key]*flight)
	}
	started := &flight{began: time.Now(), done: make(chan struct{})}
	f.flights[k] = started
	go f.run(context.WithoutCancel(ctx), k, started, timeout, fn)
	return started, false
}

// run calls fn. The flight finishes whether fn returns, panics or calls runtime.Goexit.
func (f *Flights) run(ctx context.Context, k Key, flight *flight, timeout time.Duration, fn Fill) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer f.finish(k, flight)
	defer func() {
		if p := recover(); p != nil {
			flight.err = &PanicError{p, debug.Stack()}
		}
	}()
	flight.err = errUnfinished // until fn returns
	flight.v, flight.err = fn(ctx)
}

// finish hands the result to all callers, and lets the next caller for k start a new flight.
func (f *Flights) finish(k Key, flight *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.flights, k)
	close(flight.done)
	if len(f.flights) == 0 && f.idle != nil {
		close(f.idle)
		f.idle = nil
	}
}

// FlightInfo describes a flight that is under way.
type FlightInfo struct {
	Key
	Began   time.Time
	Waiting int // callers; 0 when all have left
}

// InFlight returns the flights that are under way, in no order.
func (f *Flights) InFlight() []FlightInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	infos := make([]FlightInfo, 0, len(f.flights))
	for k, flight := range f.flights {
		infos = append(infos, FlightInfo{k, flight.began, int(flight.waiting.Load())})
	}
	return infos
}

// Wait returns nil as soon as no flight is under way, or ctx's error when ctx ends before.
func (f *Flights) Wait(ctx context.Context) error {
	f.mu.Lock()
	if len(f.flights) == 0 {
		f.mu.Unlock()
		return nil
	}
	if f.idle == nil {
		f.idle = make(chan struct{})
	}
	idle := f.idle
	f.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
