package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A PoolConfig configures a [Pool]. Handle is required; every other field has a default.
type PoolConfig struct {
	// Handle handles an event. It is called for several events at once.
	Handle func(context.Context, s3event.Event) error

	// Exhausted is called for an event that Handle failed for at every attempt, with the last error. Nil only logs it.
	Exhausted func(context.Context, s3event.Event, error) error

	// Size is the number of events that may wait. The default is 1,000.
	Size int

	// Delayed is the number of events of Send that may wait for their delay. The default is 100,000, which take about
	// 50 MB.
	Delayed int

	// Workers is the number of events that are handled at once. The default is 16.
	Workers int

	// Tries is the number of attempts to handle an event. The default is 6, which take half a minute.
	Tries int

	// Metrics defaults to [NewMetrics], Log to discarding.
	Metrics *Metrics
	Log     *slog.Logger
}

// A Pool is a queue in memory, for events of senders without a queue. Close returns when every event that the pool took
// was handled, or logs those that were not.
type Pool struct {
	config  PoolConfig
	working context.Context
	stop    context.CancelFunc
	workers sync.WaitGroup

	mu      sync.Mutex // held by senders, so that only one of them sends at a time
	events  chan s3event.Event
	delayed int // events that Send has not added yet
	closed  bool
}

// NewPool returns a pool and starts its workers. Close ends them.
func NewPool(c PoolConfig) *Pool {
	c.Size = cmp.Or(c.Size, 1000)
	c.Delayed = cmp.Or(c.Delayed, 100_000)
	c.Workers = cmp.Or(c.Workers, 16)
	c.Tries = cmp.Or(c.Tries, 6)
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Metrics == nil {
		c.Metrics = NewMetrics()
	}
	p := &Pool{config: c, events: make(chan s3event.Event, c.Size)}
	p.working, p.stop = context.WithCancel(context.Background())
	for range c.Workers {
		p.workers.Go(p.work)
	}
	return p
}

// Submit adds events to the pool. It returns false, and adds none, when there is no room for all of them or the pool is
// closed.
func (p *Pool) Submit(events []s3event.Event) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || cap(p.events)-len(p.events) < len(events) {
		return false
	}
	for _, ev := range events {
		p.events <- ev // does not block: there is room, and no other goroutine sends
		p.config.Metrics.queued.Inc()
	}
	return true
}

// Send adds an event to the pool after a delay. The event is lost when the process ends before: the senders of a pool have
// no queue, so nothing would deliver it again. `imgorigin sweep` finds what was lost. Send implements [Settler.Send].
func (p *Pool) Send(ctx context.Context, ev s3event.Event, delay time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errPoolClosed
	}
	if p.delayed >= p.config.Delayed {
		return errPoolFull
	}
	p.delayed++
	time.AfterFunc(delay, func() {
		p.mu.Lock()
		p.delayed--
		p.mu.Unlock()
		for !p.Submit([]s3event.Event{ev}) {
			select {
			case <-time.After(time.Second): // until there is room
			case <-p.working.Done():
				return
			}
			if p.isClosed() {
				return
			}
		}
	})
	return nil
}

var (
	errPoolFull   = errors.New("the pool of events is full")
	errPoolClosed = errors.New("the pool of events is closed")
)

func (p *Pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// Close waits until all events in the pool are handled; no more can be added. When ctx ends first, Close interrupts the
// work on the rest and returns an error.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.events)
	}
	p.mu.Unlock()
	interrupt := context.AfterFunc(ctx, p.stop)
	p.workers.Wait()
	interrupt()
	defer p.stop()
	if p.working.Err() != nil {
		return fmt.Errorf("events in memory not all handled: %w", context.Cause(ctx))
	}
	return nil
}

// work handles events until the pool is closed and empty.
func (p *Pool) work() {
	for ev := range p.events {
		p.config.Metrics.queued.Dec()
		if err := p.try(ev); err != nil {
			p.config.Log.ErrorContext(p.working, "event given up",
				"original", ev.Key, "kind", string(ev.Kind), "err", err)
		}
	}
}

// try handles an event, until that succeeds or Tries is reached. Pauses between the attempts double.
func (p *Pool) try(ev s3event.Event) error {
	pause := time.Second
	for try := 1; ; try++ {
		err := p.working.Err()
		if err == nil {
			err = p.config.Handle(p.working, ev)
		}
		switch {
		case err == nil || p.working.Err() != nil:
			return err
		case try == p.config.Tries && p.config.Exhausted != nil:
			return p.config.Exhausted(p.working, ev, err)
		case try == p.config.Tries:
			return err
		}
		p.config.Log.WarnContext(p.working, "event failed", "original", ev.Key, "try", try, "err", err)
		select {
		case <-time.After(pause):
		case <-p.working.Done():
		}
		pause *= 2
		ev.Redelivered = true
	}
}
