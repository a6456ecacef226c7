package resize

import (
	"context"
	"fmt"
	"sync"
	"time"
)

type spareKey struct{}

// WithSpare returns a context under which an engine that can encodes variants side by side: f gives it another processor
// and some bytes of memory until done is called, if there are any to spare. What the context's other functions are told,
// and what is yielded, still comes one after the other, but not in order.
func WithSpare(ctx context.Context, f func(bytes int64) (done func(), ok bool)) context.Context {
	return context.WithValue(ctx, spareKey{}, f)
}

// encoders encode the variants of one picture, on the goroutine that made their pixels or beside it.
type encoders struct {
	mu    sync.Mutex // around everything that the caller of the engine is told
	wait  sync.WaitGroup
	spare func(int64) (func(), bool)
	stage func(Stage, time.Time)
	yield func(int, []byte, error)
}

func newEncoders(ctx context.Context, yield func(int, []byte, error)) *encoders {
	e := &encoders{stage: StagesOf(ctx), yield: yield}
	if e.spare, _ = ctx.Value(spareKey{}).(func(int64) (func(), bool)); e.spare == nil {
		e.spare = func(int64) (func(), bool) { return nil, false }
	}
	return e
}

// run has a variant encoded: beside the caller if there is more for it to do, and the bytes that this takes.
func (e *encoders) run(i int, encode func() ([]byte, error), isLast bool, bytes int64) {
	if isLast {
		e.encode(i, encode)
		return
	}
	done, ok := e.spare(bytes)
	if !ok {
		e.encode(i, encode)
		return
	}
	e.wait.Go(func() {
		defer done()
		e.encode(i, func() (variant []byte, err error) {
			defer func() {
				if p := recover(); p != nil { // which on the caller's goroutine the engine catches
					err = fmt.Errorf("%w: panic: %v", ErrCorrupt, p)
				}
			}()
			return encode()
		})
	})
}

func (e *encoders) encode(i int, encode func() ([]byte, error)) {
	began := time.Now()
	variant, err := encode()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != nil && err == nil {
		e.stage(Writing, began)
	}
	e.yield(i, variant, err)
}

// end tells that a stage is over.
func (e *encoders) end(s Stage, began time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage != nil {
		e.stage(s, began)
	}
}

// pop is the queue's, at a time when nobody is told anything.
func (e *encoders) pop(q *queue) (i int, t Transform, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return q.pop()
}

// refuse yields what is wrong with a transform.
func (e *encoders) refuse(i int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.yield(i, nil, err)
}
