package admission

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrBusy is the error of work that a [Gate] refuses.
var ErrBusy = errors.New("too many images are being made")

// ErrTooLargeAside is the error of work that [Gate.EnterAside] would not admit at any time.
var ErrTooLargeAside = errors.New("the image takes too much memory to be made beside others")

// A GateConfig says how much work a Gate admits.
type GateConfig struct {
	// Bytes is the memory that all admitted work may hold.
	Bytes int64

	// Queue is the number of jobs that may wait for memory.
	Queue int

	// Patience is the longest wait that a job may expect; a job that would likely wait longer is refused at once. Zero
	// refuses nothing for that.
	Patience time.Duration

	// Processors is the number of jobs that compute at the same time.
	Processors int
}

// A Gate admits jobs by the memory that they will use. Jobs wait in order of arrival. A job that is larger than the
// whole budget waits until it is alone. A job that would likely wait too long is refused at once: its client can try
// elsewhere, and a wait in vain would only keep others waiting.
//
//	Enter ── waits for memory ──► Processor ── waits for a processor ──► computes ──► release ──► leave
//	EnterAside ── waits for nothing ──► computes beside them ──► leave
//
// It is safe for concurrent use.
type Gate struct {
	config     GateConfig
	bytes      *semaphore.Weighted
	processors *semaphore.Weighted

	bytesInUse atomic.Int64
	waiting    atomic.Int64 // jobs that wait for memory
	inside     atomic.Int64 // jobs that wait or have entered
	refusals   atomic.Int64
	pace       atomic.Int64 // nanoseconds that a processor works on a job, a moving average
}

// NewGate returns a gate that nothing has entered.
func NewGate(c GateConfig) *Gate {
	return &Gate{
		config:     c,
		bytes:      semaphore.NewWeighted(c.Bytes),
		processors: semaphore.NewWeighted(int64(c.Processors)),
	}
}

// Check returns [ErrBusy], and counts a refusal, if the jobs that are inside already take longer than Patience. A
// caller can ask before it spends anything on a job; [Gate.Enter] asks too.
func (g *Gate) Check() error {
	if g.isBehind() {
		g.refusals.Add(1)
		return ErrBusy
	}
	return nil
}

// isBehind reports whether the jobs inside, at the present pace, take longer than Patience. Two jobs for each processor
// are no queue, however slow they are.
//
// The pace begins at zero and has two thirds of its true value after 16 jobs. A process that starts under full load
// therefore admits more at first than it makes within Patience: only memory and the places in the queue bound it, and jobs
// whose wait ends before there is memory for them are refused then.
func (g *Gate) isBehind() bool {
	jobs, processors := g.inside.Load(), int64(g.config.Processors)
	wait := time.Duration(jobs * g.pace.Load() / processors)
	return g.config.Patience > 0 && jobs >= 2*processors && wait > g.config.Patience
}

// observe folds the processor time of a finished job into pace, a moving average of weight 1/16. Every job weighs the
// same, so a slow first one cannot make the gate refuse. A lost CompareAndSwap drops a sample, which is harmless.
func (g *Gate) observe(took time.Duration) {
	const weight = 16
	pace := g.pace.Load()
	g.pace.CompareAndSwap(pace, pace+(int64(took)-pace)/weight)
}

// Enter waits until n bytes are free and returns the function that frees them. The error is [ErrBusy] when the queue is
// full, when the wait would be too long, or when ctx ends first.
func (g *Gate) Enter(ctx context.Context, n int64) (leave func(), err error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	g.inside.Add(1)
	n = min(max(n, 1), g.config.Bytes) // Acquire of more than the whole budget would wait for ever
	if err := g.acquire(ctx, n); err != nil {
		g.inside.Add(-1)
		g.refusals.Add(1)
		return nil, err
	}
	g.bytesInUse.Add(n)
	return func() {
		g.inside.Add(-1)
		g.release(n)
	}, nil
}

// acquire takes n bytes of the budget, if there is a place in the queue to wait for them.
func (g *Gate) acquire(ctx context.Context, n int64) error {
	if g.bytes.TryAcquire(n) {
		return nil
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(g.config.Queue) {
		return ErrBusy
	}
	if err := g.bytes.Acquire(ctx, n); err != nil {
		return ErrBusy
	}
	return nil
}

func (g *Gate) release(n int64) {
	g.bytesInUse.Add(-n)
	g.bytes.Release(n)
}

// Processor waits for a processor and returns the function that gives it back. The time in between is the job's, which
// the gate measures to foresee how long others would wait. The error is [ErrBusy] when ctx ends first.
func (g *Gate) Processor(ctx context.Context) (release func(), err error) {
	if err := g.processors.Acquire(ctx, 1); err != nil {
		return nil, ErrBusy
	}
	began := time.Now()
	return func() {
		g.observe(time.Since(began))
		g.processors.Release(1)
	}, nil
}

// Spare lends a processor and n bytes more to a job that is inside, if both are free and nothing waits for them.
func (g *Gate) Spare(n int64) (giveBack func(), ok bool) {
	if !g.processors.TryAcquire(1) {
		return nil, false
	}
	giveBytesBack, ok := g.Extend(n)
	if !ok {
		g.processors.Release(1)
		return nil, false
	}
	return func() {
		giveBytesBack()
		g.processors.Release(1)
	}, true
}

// Extend takes n bytes more for a job that is inside, if they are free and nothing waits for them.
func (g *Gate) Extend(n int64) (giveBack func(), ok bool) {
	if !g.bytes.TryAcquire(n) {
		return nil, false
	}
	g.bytesInUse.Add(n)
	return func() { g.release(n) }, true
}

// HasRoom reports whether less than half of the memory is in use and nothing waits, neither for memory nor for a
// processor: work that no client waits for delays no other then.
func (g *Gate) HasRoom() bool {
	return g.waiting.Load() == 0 && 2*g.bytesInUse.Load() <= g.config.Bytes && g.inside.Load() <= int64(g.config.Processors)
}

// HasRoomAside reports whether [Gate.EnterAside] would likely admit a small job.
func (g *Gate) HasRoomAside() bool {
	return g.HasRoom() && g.inside.Load() < int64(g.config.Processors)
}

// EnterAside admits a job of n bytes that no client waits for, or returns [ErrBusy] at once: it never waits where others
// would have to wait behind it. It is admitted if nothing waits, a processor has nothing to do, and the memory is free. Such
// a job asks for no processor: it shares all of them with the others, so that none of those waits until it ends, and how long
// it takes says nothing about theirs. One of more than half of the memory is never admitted, as others would find too little
// for as long as it takes: the error is [ErrTooLargeAside].
func (g *Gate) EnterAside(n int64) (leave func(), err error) {
	n = max(n, 1)
	if n > g.config.Bytes/2 {
		return nil, ErrTooLargeAside
	}
	if !g.HasRoomAside() || !g.bytes.TryAcquire(n) {
		return nil, ErrBusy
	}
	g.inside.Add(1)
	g.bytesInUse.Add(n)
	return func() {
		g.inside.Add(-1)
		g.release(n)
	}, nil
}

// GateStats is how full a gate is.
type GateStats struct {
	Bytes    int64 // in use
	Budget   int64 // bytes
	Waiting  int64 // jobs that wait for memory
	Inside   int64 // jobs that wait or have entered
	Refusals int64 // since the start
}

// Stats returns how full the gate is.
func (g *Gate) Stats() GateStats {
	return GateStats{
		Bytes: g.bytesInUse.Load(), Budget: g.config.Bytes,
		Waiting: g.waiting.Load(), Inside: g.inside.Load(), Refusals: g.refusals.Load(),
	}
}
