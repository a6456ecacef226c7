package cache

import (
	"context"
	"errors"
	"io/fs"

	"golang.org/x/sync/errgroup"
)

// A Stored is a variant in a [Store], without its body.
type Stored struct {
	Transform string

	// OriginalETag is that of the variant, or empty for a file or an object that is not a variant.
	OriginalETag string

	// Draft is that of the variant.
	Draft bool
}

// maxStats is the number of concurrent calls of Stat in a List.
const maxStats = 16

// List returns every variant of an original in a store. It costs a call of Transforms, and one of Stat for each variant: a
// signed URL may have made tens of thousands, so that a deadline belongs to each call and not to all of them.
func List(ctx context.Context, s Store, original string) ([]Stored, error) {
	transforms, err := s.Transforms(ctx, original)
	if err != nil {
		return nil, err
	}
	found := make([]*Stored, len(transforms))
	stats, ctx := errgroup.WithContext(ctx)
	stats.SetLimit(maxStats)
	for i, transform := range transforms {
		stats.Go(func() (err error) {
			found[i], err = stat(ctx, s, Key{original, transform})
			return err
		})
	}
	if err := stats.Wait(); err != nil {
		return nil, err
	}
	var stored []Stored
	for _, variant := range found {
		if variant != nil {
			stored = append(stored, *variant)
		}
	}
	return stored, nil
}

// stat returns a variant that was listed, or nil if it is gone. That it is gone is believed only of an Open: of S3, the
// answer to the HEAD of a Stat can't tell a missing object from a missing bucket.
func stat(ctx context.Context, s Store, k Key) (*Stored, error) {
	v, err := s.Stat(ctx, k)
	if errors.Is(err, fs.ErrNotExist) {
		var opened *Opened
		if opened, err = s.Open(ctx, k, 0); err == nil {
			v = &opened.Variant
			opened.Close()
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // removed since it was listed
		return nil, nil
	case errors.Is(err, errNoVariant), errors.Is(err, ErrDamaged):
		return &Stored{Transform: k.Transform}, nil
	case err != nil:
		return nil, err
	}
	return &Stored{k.Transform, v.OriginalETag, v.Draft}, nil
}

// DropStale removes the variants of an original that were made from another state of it than the one with this ETag, and
// returns how many it removed and how many it kept. Unlike Drop it keeps what was made from the present state.
func DropStale(ctx context.Context, s Store, original, etag string) (dropped, kept int, err error) {
	stored, err := List(ctx, s, original)
	if err != nil {
		return 0, 0, err
	}
	var stale []string
	for _, variant := range stored {
		if variant.OriginalETag == etag {
			kept++
		} else {
			stale = append(stale, variant.Transform)
		}
	}
	if len(stale) == 0 {
		return 0, kept, nil
	}
	return len(stale), kept, s.Delete(ctx, original, stale...)
}
