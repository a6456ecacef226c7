package backfill

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Redrive brings originals back from the quarantine, after a fix.
type Redrive struct {
	Quarantine *quarantine.Cached
	Warmer     *warm.Warmer // with the same quarantine: what fails again goes back there
	Prefix     string       // of the originals' keys

	// Each is told what became of every case, in order; nil tells nobody. A fault in the result sent it back.
	Each func(quarantine.Case, warm.Result, error)
}

// Redriven says how a redrive went.
type Redriven struct {
	Back   int `json:"back"`   // warmed
	Gone   int `json:"gone"`   // the original is there no more
	Again  int `json:"again"`  // set aside again
	Failed int `json:"failed"` // left where they are
}

// Run goes through the quarantine once. The error is of listing it; single originals that fail are counted.
func (r Redrive) Run(ctx context.Context) (Redriven, error) {
	var sum Redriven
	var cases []quarantine.Case // all of them first: what fails again would be listed again
	for c, err := range r.Quarantine.List(ctx, r.Prefix) {
		if err != nil {
			return sum, fmt.Errorf("redrive: %w", err)
		}
		cases = append(cases, c)
	}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		result, err := r.one(ctx, c)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			sum.Gone++
		case err != nil:
			sum.Failed++
		case result.DecodeError != nil:
			sum.Again++
		default:
			sum.Back++
		}
		if r.Each != nil {
			r.Each(c, result, err)
		}
	}
	return sum, nil
}

// one releases an original and warms it. An original that can't be reached just now is set aside as it was.
func (r Redrive) one(ctx context.Context, c quarantine.Case) (warm.Result, error) {
	if err := r.Quarantine.Release(ctx, c.Original); err != nil {
		return warm.Result{}, err
	}
	result, err := r.Warmer.Warm(ctx, c.Original)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if errBack := r.Quarantine.Put(context.WithoutCancel(ctx), c); errBack != nil {
			err = errors.Join(err, errBack)
		}
	}
	return result, err
}
