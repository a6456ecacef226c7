package backfill

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// run is a call of [Job.Run].
type run struct {
	Job
	began  time.Time
	from   string // the key after which this run begins
	before int    // originals of earlier runs
	pace   pace   // of the goroutine that feeds the workers

	mu       sync.Mutex
	position position
	pending  []*item // in the order of keys; the first is not done
	total    int     // originals of this run; 0 when they were not counted
}

// item is an original of a run.
type item struct {
	object Object
	done   bool
	result Summary // of this original
}

// run warms the originals, while other goroutines save the position and count.
func (r *run) run(ctx context.Context) (Summary, error) {
	watching, stop := context.WithCancel(ctx)
	var watchers, workers sync.WaitGroup
	watchers.Go(func() { r.watch(watching) })
	if r.Count {
		watchers.Go(func() { r.count(watching) })
	}
	items := make(chan *item)
	for range r.AtOnce {
		workers.Go(func() {
			for i := range items {
				r.do(ctx, i)
			}
		})
	}
	err := r.feed(ctx, items)
	close(items)
	workers.Wait()
	stop()
	watchers.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.position.Sum.Complete = err == nil && len(r.pending) == 0
	sum := r.summary()
	return sum, errors.Join(err, r.position.save(context.WithoutCancel(ctx), r.State))
}

// feed sends the originals to the workers, in the order of their keys.
func (r *run) feed(ctx context.Context, items chan<- *item) error {
	for o, err := range r.List.List(ctx, r.Prefix, r.from) {
		if err != nil {
			return err
		}
		if !r.includes(o) {
			continue
		}
		if !r.pace.Wait(ctx) {
			return ctx.Err()
		}
		i := &item{object: o}
		r.mu.Lock()
		r.pending = append(r.pending, i)
		r.mu.Unlock()
		select {
		case items <- i:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// do warms an original, and moves the position past it when all before it are done. An original whose work was
// interrupted by the end of ctx is not done.
func (r *run) do(ctx context.Context, i *item) {
	result, err := r.warm(ctx, i.object.Key)
	if err != nil && ctx.Err() != nil {
		return
	}
	s := Summary{Made: result.Made, Bytes: i.object.Size}
	switch {
	case errors.Is(err, fs.ErrNotExist): // removed since it was listed
		s.Skipped = 1
	case err != nil:
		s.Failed, s.Failures = 1, []Failure{{Original: i.object.Key, Error: err.Error()}}
	case result.DecodeError != nil:
		reason, _ := quarantine.ReasonOf(result.DecodeError)
		s.Failed, s.Failures = 1, []Failure{{i.object.Key, result.DecodeError.Error(), reason}}
	case result.Made > 0:
		s.Done = 1
	default:
		s.Skipped = 1
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i.done, i.result = true, s
	for len(r.pending) > 0 && r.pending[0].done {
		first := r.pending[0]
		r.position.After, r.position.Sum = first.object.Key, r.position.Sum.plus(first.result)
		r.pending = r.pending[1:]
	}
}

// warm warms an original, with retries.
func (r *run) warm(ctx context.Context, key string) (result warm.Result, err error) {
	for try := 1; ; try++ {
		result, err = r.Warmer.Warm(ctx, key)
		if err == nil || errors.Is(err, fs.ErrNotExist) || try == r.Tries || ctx.Err() != nil {
			return result, err
		}
		r.Log.WarnContext(ctx, "original not warmed", "original", key, "try", try, "err", err)
		select {
		case <-time.After(time.Second << try):
		case <-ctx.Done():
			return result, err
		}
	}
}

// summary returns what was done up to the position, and by this run after it. r.mu is held.
func (r *run) summary() Summary {
	sum := r.position.Sum
	for _, i := range r.pending {
		if i.done {
			sum = sum.plus(i.result)
		}
	}
	sum.Seconds = time.Since(r.began).Seconds()
	return sum
}

// pace limits the rate of what a goroutine does.
type pace struct {
	rate float64 // a second; 0 is no limit
	next time.Time
}

// Wait waits for the next turn. It returns false when ctx ended.
func (p *pace) Wait(ctx context.Context) bool {
	if p.rate <= 0 {
		return ctx.Err() == nil
	}
	now := time.Now()
	p.next = p.next.Add(time.Duration(float64(time.Second) / p.rate))
	if p.next.Before(now) {
		p.next = now
	}
	select {
	case <-time.After(time.Until(p.next)):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
