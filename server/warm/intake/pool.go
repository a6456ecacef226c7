// Package intake takes in events of S3: from a queue of SQS, as a function of AWS Lambda, and from a webhook.
package intake

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// A PoolConfig says what a Pool does with events. Handle is needed; every other zero field has a default.
type PoolConfig struct {
	Handle    func(context.Context, s3event.Event) error        // [Warmer.Handle]
	Exhausted func(context.Context, s3event.Event, error) error // [warm.Warmer.Exhausted]; nil only logs

	Size    int // events that may wait; default 1000
	Workers int // events being handled; default 16
	Tries   int // of one event; default 6, which takes half a minute

	Metrics *Metrics     // default NewMetrics()
	Log     *slog.Logger // default discards
}

// A Pool is a queue in memory, for events whose senders keep none. What it has taken is handled before Close
// returns, or else is in the log.
type Pool struct {
	config  PoolConfig
	working context.Context
	stop    context.CancelFunc
	workers sync.WaitGroup

	mu     sync.Mutex // of those who send
	events chan s3event.Event
	closed bool
}

// NewPool returns a pool at work. Close ends it.
func NewPool(c PoolConfig) *Pool {
	c.Size = cmp.Or(c.Size, 1000)
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

// Submit takes all of events, or none when there is no room for all, or the pool is closing.
func (p *Pool) Submit(events []s3event.Event) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || cap(p.events)-len(p.events) < len(events) {
		return false
	}
	for _, ev := range events {
		p.events <- ev // has room: nobody else sends
		p.config.Metrics.queued.Inc()
	}
	return true
}

// Close takes no more events and waits until those that were taken are handled. When ctx ends first it
// interrupts the rest, and says so.
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

func (p *Pool) work() {
	for ev := range p.events {
		p.config.Metrics.queued.Dec()
		if err := p.try(ev); err != nil {
			p.config.Log.ErrorContext(p.working, "event given up", "original", ev.Key, "kind", string(ev.Kind), "err", err)
		}
	}
}

// try handles an event as often as it takes, up to a limit.
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
