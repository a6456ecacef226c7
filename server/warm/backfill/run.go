package backfill

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"
)

// run is a call of [Job.Run].
type run struct {
	Job
	began  time.Time
	from   string    // the key after which this run begins
	since  time.Time // with MaxAge: originals modified before are not in the job
	before int       // originals of earlier runs
	pace   pace      // of the goroutine that feeds the workers

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

// run works on the originals, while other goroutines save the position and count.
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

// includes reports whether an original belongs to the job.
func (r *run) includes(o Object) bool {
	if r.Shards > 1 {
		sum := fnv.New32a()
		sum.Write([]byte(o.Key))
		if int(sum.Sum32()%uint32(r.Shards)) != r.Shard {
			return false
		}
	}
	return r.MaxAge == 0 || !o.Modified.Before(r.since)
}

// do works on an original, and moves the position past it when all before it are done. An original whose work was
// interrupted by the end of ctx is not done.
func (r *run) do(ctx context.Context, i *item) {
	s, err := r.try(ctx, i.object.Key)
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil {
		s = Summary{Failed: 1, Failures: []Failure{{Original: i.object.Key, Error: err.Error()}}}
	}
	s.Bytes = i.object.Size
	if r.Each != nil {
		r.Each(i.object.Key, s)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i.done, i.result = true, s
	for len(r.pending) > 0 && r.pending[0].done {
		first := r.pending[0]
		r.position.Sum = r.position.Sum.plus(first.result)
		r.position.After = cmp.Or(first.object.Key, r.position.After)
		r.pending = r.pending[1:]
	}
}

// try works on an original, with retries.
func (r *run) try(ctx context.Context, key string) (s Summary, err error) {
	for try := 1; ; try++ {
		s, err = r.Do(ctx, key)
		if err == nil || try == r.Tries || ctx.Err() != nil {
			return s, err
		}
		r.Log.WarnContext(ctx, "attempt failed", "original", key, "try", try, "err", err)
		select {
		case <-time.After(time.Second << try):
		case <-ctx.Done():
			return s, err
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
