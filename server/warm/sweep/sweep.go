package sweep

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

// A Sweep drops the stale variants of all originals. All fields are required, but those with a default.
type Sweep struct {
	// Originals looks at originals. A look is not cached.
	Originals interface {
		Stat(ctx context.Context, original string) (etag string, err error)
	}

	// Variants is the store that the warmer drops variants from.
	Variants Store

	// Warmer drops variants. It is not used with DryRun.
	Warmer *warm.Warmer

	// Finish, if not nil, makes the finals of an original's drafts, which are named by their transforms. It is not called with
	// DryRun. Without it, drafts are only counted.
	Finish func(ctx context.Context, original string, transforms []string) error

	// DryRun finds stale variants and drafts, and leaves them.
	DryRun bool

	// Found, if not nil, is called for each original that is not clean, or has drafts, by one goroutine at a time.
	Found func(Finding)

	// Metrics defaults to [NewMetrics].
	Metrics *Metrics
}

// A Store is a store of variants that can be walked.
type Store interface {
	cache.Store
	cache.Walker
}

// A Finding is an original with its result.
type Finding struct {
	Original string `json:"original"`
	Result   Result `json:"result"`
	Variants int    `json:"variants,omitempty"` // dropped, or to be dropped without DryRun
	Drafts   int    `json:"drafts,omitempty"`   // of its present state, that were left without finals
	Error    string `json:"error,omitempty"`
}

// A Result is what a sweep found out about an original.
type Result string

// The results. They are also the values of the label result in the metrics.
const (
	Clean   Result = "clean"   // all variants are of its present state
	Stale   Result = "stale"   // some were of another
	Gone    Result = "gone"    // it does not exist
	Failed  Result = "failed"  // it could not be looked at, or its variants not listed or dropped; they stay
	Unknown Result = "unknown" // its key can't be found out, or its objects are not variants; they stay
)

// A Summary is the result of a sweep: of all its runs, except for Seconds.
type Summary struct {
	Clean    int                `json:"clean"` // originals, as are the next four
	Stale    int                `json:"stale"`
	Gone     int                `json:"gone"`
	Failed   int                `json:"failed"`
	Unknown  int                `json:"unknown"`
	Variants int                `json:"variants"`         // dropped, or to be dropped without DryRun
	Drafts   int                `json:"drafts,omitempty"` // found of the present states of their originals, to be finished
	Seconds  float64            `json:"seconds"`          // of this run
	Complete bool               `json:"complete"`         // no original is left
	Failures []backfill.Failure `json:"failures,omitempty"`
}

// Run sweeps until no original is left or ctx ends. The job has the prefix, shard, rate, state and progress; Run fills in
// the work. The summary is valid also with an error. It has the failures of single originals, which are no error of Run.
func (s Sweep) Run(ctx context.Context, job backfill.Job) (summary Summary, err error) {
	if s.Metrics == nil {
		s.Metrics = NewMetrics()
	}
	defer func() { s.Metrics.Ended(summary, err) }()
	r := &run{Sweep: s, unpurged: make(map[string]int), finishing: make(chan struct{}, finishAtOnce)}
	job.List, job.Do, job.Each, job.MaxAge = lister{s.Variants}, r.do, r.each, 0
	if s.DryRun {
		job.Settings += " dry-run"
	} else if s.Finish == nil {
		job.Settings += " no-finish"
	}
	sum, err := job.Run(ctx)
	return Summary{
		Clean: sum.Skipped, Stale: sum.Done - sum.Gone, Gone: sum.Gone, Failed: sum.Failed, Unknown: sum.Unknown,
		Variants: sum.Made, Drafts: sum.Drafts, Seconds: sum.Seconds, Complete: sum.Complete, Failures: sum.Failures,
	}, err
}

// finishAtOnce is the number of originals whose drafts are finished at the same time: that takes memory and processors, where
// looking at originals takes neither.
const finishAtOnce = 4

// run is a call of [Sweep.Run].
type run struct {
	Sweep

	mu       sync.Mutex
	unpurged map[string]int // originals whose CDN was not purged after a drop, with the number of variants dropped
	finding  sync.Mutex     // held during a call of Found

	finishing chan struct{} // holds an element for each call of Finish
}

// maxLooks is how often an original may change while its variants are listed until that is an error.
const maxLooks = 5

var errChanging = errors.New("the original changes faster than its variants are listed")

// do sweeps an original.
func (r *run) do(ctx context.Context, original string) (backfill.Summary, error) {
	if original == "" {
		return backfill.Summary{Unknown: 1}, nil
	}
	f, drafts, err := r.find(ctx, original)
	if err != nil {
		return backfill.Summary{}, err
	}
	owed, isOwed := r.owed(original)
	if isOwed { // an attempt before this one dropped them
		f.Variants = max(f.Variants, owed)
		f.Result = Stale
	}
	sum := summaryOf(f)
	if !r.DryRun && (f.Result == Stale || f.Result == Gone) {
		if sum, err = r.drop(ctx, f, isOwed); err != nil {
			return sum, err
		}
	}
	if !r.DryRun && len(drafts) > 0 && r.Finish != nil {
		r.finishing <- struct{}{}
		err = r.Finish(ctx, original, drafts)
		<-r.finishing
	}
	sum.Drafts = f.Drafts
	return sum, err
}

// find looks at an original and at its variants.
func (r *run) find(ctx context.Context, original string) (f Finding, drafts []string, err error) {
	etag, err := r.look(ctx, original)
	if err != nil {
		return Finding{}, nil, err
	}
	for range maxLooks {
		stored, err := cache.List(ctx, r.Variants, original)
		if err != nil {
			return Finding{}, nil, err
		}
		f, drafts = compare(original, etag, stored)
		if f.Variants == 0 {
			return f, drafts, nil
		}
		now, err := r.look(ctx, original)
		if err != nil || now == etag {
			return f, drafts, err
		}
		etag = now
	}
	return Finding{}, nil, errChanging
}

// look returns the ETag of an original, or "" when it is gone.
func (r *run) look(ctx context.Context, original string) (etag string, err error) {
	etag, err = r.Originals.Stat(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return etag, err
}

// compare returns what is stored of an original whose ETag is given, or "" if it is gone, and the transforms of the drafts.
func compare(original, etag string, stored []cache.Stored) (f Finding, drafts []string) {
	f = Finding{Original: original, Result: Clean}
	isVariant := func(s cache.Stored) bool { return s.OriginalETag != "" }
	if len(stored) > 0 && !slices.ContainsFunc(stored, isVariant) {
		f.Result = Unknown
		return f, nil
	}
	for _, s := range stored {
		switch {
		case s.OriginalETag != etag || etag == "":
			f.Variants++
		case s.Draft:
			drafts = append(drafts, s.Transform)
		}
	}
	f.Drafts = len(drafts)
	switch {
	case f.Variants > 0 && etag == "":
		f.Result = Gone
	case f.Variants > 0:
		f.Result = Stale
	}
	return f, drafts
}

// grace is how long the end of the context leaves for dropping the variants of an original and purging it, so that no
// purge is lost with an interrupt.
const grace = 30 * time.Second

// drop drops the stale variants of an original, and purges it. An attempt before this one may have dropped them already.
func (r *run) drop(ctx context.Context, f Finding, isOwed bool) (backfill.Summary, error) {
	ctx, cancel := withGrace(ctx, grace)
	defer cancel()
	r.mu.Lock()
	r.unpurged[f.Original] = f.Variants
	r.mu.Unlock()
	result, err := r.Warmer.Sweep(ctx, f.Original)
	if err != nil {
		return backfill.Summary{}, err
	}
	r.mu.Lock()
	delete(r.unpurged, f.Original)
	r.mu.Unlock()
	if !result.Dropped && !isOwed { // it changed to the state that they are of, or others dropped them
		return backfill.Summary{Skipped: 1}, nil
	}
	f.Result = Stale
	if result.Gone {
		f.Result = Gone
	}
	return summaryOf(f), nil
}

// owed reports whether variants of an original may have been dropped and not purged, and how many.
func (r *run) owed(original string) (variants int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	variants, ok = r.unpurged[original]
	return variants, ok
}

// withGrace returns a context that ends some time after ctx.
func withGrace(ctx context.Context, d time.Duration) (longer context.Context, cancel context.CancelFunc) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(d):
			end()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); end() }
}

// summaryOf returns the summary of an original.
func summaryOf(f Finding) backfill.Summary {
	switch f.Result {
	case Unknown:
		return backfill.Summary{Unknown: 1}
	case Clean:
		return backfill.Summary{Skipped: 1}
	case Gone:
		return backfill.Summary{Done: 1, Made: f.Variants, Gone: 1}
	}
	return backfill.Summary{Done: 1, Made: f.Variants}
}

// each counts and reports the result of an original.
func (r *run) each(original string, s backfill.Summary) {
	f := Finding{Original: original, Result: Clean, Variants: s.Made, Drafts: s.Drafts}
	switch {
	case s.Failed > 0:
		f.Result, f.Error = Failed, s.Failures[0].Error
		r.mu.Lock()
		delete(r.unpurged, original)
		r.mu.Unlock()
	case s.Unknown > 0:
		f.Result = Unknown
	case s.Gone > 0:
		f.Result = Gone
	case s.Done > 0:
		f.Result = Stale
	}
	r.Metrics.originals.WithLabelValues(string(f.Result)).Inc()
	if !r.DryRun {
		r.Metrics.variants.Add(float64(f.Variants))
	}
	r.Metrics.drafts.Add(float64(f.Drafts))
	if r.Found == nil || f.Result == Clean && f.Drafts == 0 {
		return
	}
	r.finding.Lock()
	defer r.finding.Unlock()
	r.Found(f)
}

// A lister lists the originals that a store has variants of.
type lister struct{ store cache.Walker }

// List implements [backfill.Lister].
func (l lister) List(ctx context.Context, prefix, after string) iter.Seq2[backfill.Object, error] {
	return func(yield func(backfill.Object, error) bool) {
		for key, err := range l.store.Originals(ctx, prefix, after) {
			if errors.Is(err, cache.ErrName) {
				key, err = "", nil
			}
			if !yield(backfill.Object{Key: key}, err) {
				return
			}
		}
	}
}
