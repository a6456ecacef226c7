package backfill

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// work is one original of a backfill.
type work struct {
	object Object
	done   bool
	result Summary // of this one
}

// run warms what is listed. The position follows the first original that is not done: those after it that are
// are done again after a crash, which skips what is there.
func (r *backfilling) run(ctx context.Context, objects iter.Seq2[Object, error]) (Summary, error) {
	watching, stop := context.WithCancel(ctx)
	var watchers, workers sync.WaitGroup
	watchers.Go(func() { r.watch(watching) })
	if r.Count {
		watchers.Go(func() { r.count(watching) })
	}
	turns := make(chan *work)
	for range r.AtOnce {
		workers.Go(func() {
			for w := range turns {
				r.do(ctx, w)
			}
		})
	}
	err := r.feed(ctx, objects, turns)
	close(turns)
	workers.Wait()
	stop()
	watchers.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.position.Sum.Complete = err == nil && len(r.pending) == 0
	sum := r.sum()
	return sum, errors.Join(err, r.position.save(context.WithoutCancel(ctx), r.State))
}

// feed gives works out, in order.
func (r *backfilling) feed(ctx context.Context, objects iter.Seq2[Object, error], turns chan<- *work) error {
	for o, err := range objects {
		if err != nil {
			return err
		}
		if !r.takes(o) {
			continue
		}
		if !r.pace.Wait(ctx) {
			return ctx.Err()
		}
		w := &work{object: o}
		r.mu.Lock()
		r.pending = append(r.pending, w)
		r.mu.Unlock()
		select {
		case turns <- w:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// do does one work. One that ctx cut short stays undone.
func (r *backfilling) do(ctx context.Context, w *work) {
	result, err := r.one(ctx, w.object.Key)
	if err != nil && ctx.Err() != nil {
		return
	}
	s := Summary{Made: result.Made, Bytes: w.object.Size}
	switch {
	case errors.Is(err, fs.ErrNotExist): // since it was listed
		s.Skipped = 1
	case err != nil:
		s.Failed, s.Failures = 1, []Failure{{Original: w.object.Key, Error: err.Error()}}
	case result.DecodeError != nil:
		reason, _ := quarantine.ReasonOf(result.DecodeError)
		s.Failed, s.Failures = 1, []Failure{{w.object.Key, result.DecodeError.Error(), reason}}
	case result.Made > 0:
		s.Done = 1
	default:
		s.Skipped = 1
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w.done, w.result = true, s
	for len(r.pending) > 0 && r.pending[0].done {
		first := r.pending[0]
		r.position.After, r.position.Sum = first.object.Key, r.position.Sum.plus(first.result)
		r.pending = r.pending[1:]
	}
}

// sum is what was done until the position, and beyond it in this run.
func (r *backfilling) sum() Summary {
	sum := r.position.Sum
	for _, w := range r.pending {
		if w.done {
			sum = sum.plus(w.result)
		}
	}
	sum.Seconds = time.Since(r.began).Seconds()
	return sum
}

func (s Summary) plus(o Summary) Summary {
	s.Done += o.Done
	s.Skipped += o.Skipped
	s.Failed += o.Failed
	s.Made += o.Made
	s.Bytes += o.Bytes
	if room := failuresKept - len(s.Failures); room > 0 {
		s.Failures = append(slices.Clip(s.Failures), o.Failures[:min(room, len(o.Failures))]...)
	}
	return s
}

// originals is the number of those that were looked at.
func (s Summary) originals() int { return s.Done + s.Skipped + s.Failed }

// watch tells of the progress and saves the state, until ctx ends, and once more then.
func (r *backfilling) watch(ctx context.Context) {
	ticks := time.NewTicker(r.Every)
	defer ticks.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			r.tell()
			return
		case <-ticks.C:
		}
		r.tell()
		if n%5 == 0 {
			r.mu.Lock()
			p := r.position
			r.mu.Unlock()
			if err := p.save(ctx, r.State); err != nil && ctx.Err() == nil {
				r.Log.WarnContext(ctx, "position not saved", "err", err)
			}
		}
	}
}

func (r *backfilling) tell() {
	if r.Progress == nil {
		return
	}
	r.mu.Lock()
	sum, total := r.sum(), r.total
	r.mu.Unlock()
	p := Progress{Done: sum.Done, Skipped: sum.Skipped, Failed: sum.Failed, Bytes: sum.Bytes}
	now := sum.originals() - r.before
	if sum.Seconds > 0 {
		p.PerSecond = float64(now) / sum.Seconds
	}
	if total > 0 {
		p.Total = r.before + total
		if p.PerSecond > 0 {
			p.Left = time.Duration(float64(max(0, total-now)) / p.PerSecond * float64(time.Second))
		}
	}
	r.Progress(p)
}

// count lists what this run has to do.
func (r *backfilling) count(ctx context.Context) {
	n := 0
	for o, err := range r.List.List(ctx, r.Prefix, r.from) {
		if err != nil {
			return // the run hears of it itself
		}
		if r.takes(o) {
			n++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total = n
}
