package backfill

import (
	"context"
	"time"
)

// A Progress is how far a job has come.
type Progress struct {
	Done, Skipped, Failed int           // originals, of all runs
	Bytes                 int64         // of these originals
	PerSecond             float64       // originals, of this run
	Total                 int           // originals, of all runs; 0 when they were not counted yet
	Left                  time.Duration // at the rate of this run; 0 when not known
}

// watch reports the progress and saves the position regularly, until ctx ends. It reports the progress then, too.
func (r *run) watch(ctx context.Context) {
	ticks := time.NewTicker(r.Every)
	defer ticks.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			r.report()
			return
		case <-ticks.C:
		}
		r.report()
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

func (r *run) report() {
	if r.Progress == nil {
		return
	}
	r.mu.Lock()
	sum, total := r.summary(), r.total
	r.mu.Unlock()
	p := Progress{Done: sum.Done, Skipped: sum.Skipped, Failed: sum.Failed, Bytes: sum.Bytes}
	ofThisRun := sum.originals() - r.before
	if sum.Seconds > 0 {
		p.PerSecond = float64(ofThisRun) / sum.Seconds
	}
	if total > 0 {
		p.Total = r.before + total
		if p.PerSecond > 0 {
			p.Left = time.Duration(float64(max(0, total-ofThisRun)) / p.PerSecond * float64(time.Second))
		}
	}
	r.Progress(p)
}

// count counts the originals of this run.
func (r *run) count(ctx context.Context) {
	n := 0
	for o, err := range r.List.List(ctx, r.Prefix, r.from) {
		if err != nil {
			return // the list that feeds the workers returns it too
		}
		if r.includes(o) {
			n++
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total = n
}
