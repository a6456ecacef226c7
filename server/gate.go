package server

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// A gate admits work by the memory that it will use. Work waits in order of arrival; a piece that is larger
// than the whole budget waits until it is alone. Work that would likely wait too long is refused at once: who is
// told so can go elsewhere, and who waits in vain keeps others waiting.
type gate struct {
	budget   int64 // bytes
	places   int64 // in the queue
	bytes    *semaphore.Weighted
	inUse    atomic.Int64
	waiting  atomic.Int64
	refusals atomic.Int64

	patience   time.Duration // refuse what would likely wait longer; 0 refuses nothing for that
	processors int64
	inside     atomic.Int64 // pieces of work that wait or are under way
	pace       atomic.Int64 // nanoseconds that a processor works on one, as of late
}

func newGate(budget int64, places int, patience time.Duration, processors int) *gate {
	return &gate{budget: budget, places: int64(places), bytes: semaphore.NewWeighted(budget), patience: patience, processors: int64(processors)}
}

// IsBehind tells whether the work that is here already takes longer than anybody should wait. A few pieces for each
// processor are no queue.
func (g *gate) IsBehind() bool {
	n := g.inside.Load()
	return g.patience > 0 && n >= 2*g.processors && time.Duration(n*g.pace.Load()/g.processors) > g.patience
}

// Worked tells how long a processor worked on a piece. Of two that end together, one may go uncounted. The first count
// no more than others: a single slow one says little of the next.
func (g *gate) Worked(took time.Duration) {
	const share = 16 // of the mean, that one piece makes up
	old := g.pace.Load()
	g.pace.CompareAndSwap(old, old+(int64(took)-old)/share)
}

// TryEnter takes n bytes more for work that is inside, if they are free and nobody waits for them.
func (g *gate) TryEnter(n int64) (leave func(), ok bool) {
	if !g.bytes.TryAcquire(n) {
		return nil, false
	}
	g.inUse.Add(n)
	return func() {
		g.inUse.Add(-n)
		g.bytes.Release(n)
	}, true
}

// Enter waits until n bytes are free and returns the function that frees them. The error matches errBusy when
// the queue is full, the wait would be too long, or ctx ends first.
func (g *gate) Enter(ctx context.Context, n int64) (leave func(), err error) {
	if g.IsBehind() {
		g.refusals.Add(1)
		return nil, errBusy
	}
	g.inside.Add(1)
	defer func() {
		if err != nil {
			g.inside.Add(-1)
		}
	}()
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
		g.inside.Add(-1)
		g.inUse.Add(-n)
		g.bytes.Release(n)
	}, nil
}
