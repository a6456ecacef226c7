package server

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// A gate admits work by the memory that it will use. Work waits in order of arrival; a piece that is larger
// than the whole budget waits until it is alone.
type gate struct {
	budget   int64 // bytes
	places   int64 // in the queue
	bytes    *semaphore.Weighted
	inUse    atomic.Int64
	waiting  atomic.Int64
	refusals atomic.Int64
}

func newGate(budget int64, places int) *gate {
	return &gate{budget: budget, places: int64(places), bytes: semaphore.NewWeighted(budget)}
}

// Enter waits until n bytes are free and returns the function that frees them. The error matches errBusy when
// the queue is full or ctx ends first.
func (g *gate) Enter(ctx context.Context, n int64) (leave func(), err error) {
	n = min(max(n, 1), g.budget) // Acquire of more than there is would wait for ever
	if !g.bytes.TryAcquire(n) {
		if g.waiting.Add(1) > g.places {
			g.waiting.Add(-1)
			g.refusals.Add(1)
			return nil, errBusy
		}
		err := g.bytes.Acquire(ctx, n)
		g.waiting.Add(-1)
		if err != nil {
			g.refusals.Add(1)
			return nil, errBusy
		}
	}
	g.inUse.Add(n)
	return func() {
		g.inUse.Add(-n)
		g.bytes.Release(n)
	}, nil
}
