package backfill

import (
	"context"
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// A Redrive brings originals back from the quarantine, after a fix. Quarantine and Warmer are required.
type Redrive struct {
	Quarantine quarantine.Store

	// Warmer warms the originals. It has to have the same quarantine, to which it returns those that fail again.
	Warmer *warm.Warmer

	// Prefix restricts the redrive to originals whose keys begin with it.
	Prefix string

	// Each, if not nil, is called for every case, with the result of warming its original. A DecodeError in the result
	// means that the original is in quarantine again; after an error it is left there.
	Each func(quarantine.Case, warm.Result, error)
}

// A RedriveSummary is the result of a redrive: numbers of originals.
type RedriveSummary struct {
	Back   int `json:"back"`   // warmed
	Gone   int `json:"gone"`   // without an original
	Again  int `json:"again"`  // in quarantine again
	Failed int `json:"failed"` // left in quarantine
}

// Run goes through the quarantine once. The error is that of listing it. Failures of single originals are counted.
func (r Redrive) Run(ctx context.Context) (RedriveSummary, error) {
	var sum RedriveSummary
	// All cases are listed before the first is released: an original that fails again would be listed twice.
	var cases []quarantine.Case
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
		result, err := r.redrive(ctx, c)
		switch {
		case err != nil:
			sum.Failed++
		case result.Gone:
			sum.Gone++
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

// redrive releases an original and settles it: its event was never handled, so there may be variants of an older state,
// in the store and in the CDN. An original that can't be reached now is put back with its case.
func (r Redrive) redrive(ctx context.Context, c quarantine.Case) (warm.Result, error) {
	if err := r.Quarantine.Release(ctx, c.Original); err != nil {
		return warm.Result{}, err
	}
	result, err := r.Warmer.Settle(ctx, c.Original)
	if err != nil {
		if errBack := r.Quarantine.Put(context.WithoutCancel(ctx), c); errBack != nil {
			err = errors.Join(err, errBack)
		}
	}
	return result, err
}
