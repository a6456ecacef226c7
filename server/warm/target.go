package warm

import (
	"context"
	"fmt"

	"github.com/imgorigin/imgorigin/resize"
)

// A Target makes and forgets variants. It is safe for concurrent use, by several processes too.
type Target interface {
	// Stat returns the original's ETag. The error matches [fs.ErrNotExist] when it is gone.
	Stat(ctx context.Context, original string) (etag string, err error)

	// Warm makes those of ts that are not stored already from the original's present bytes, from one decode,
	// and tells how many it made and how many were there.
	//
	// The error matches [fs.ErrNotExist] when the original is gone, [resize.ErrCorrupt],
	// [resize.ErrUnsupported] or [resize.ErrTooLarge] when it will never decode; any other may pass. A
	// transform that this one picture can't have, such as a rectangle beside it, is no error.
	Warm(ctx context.Context, original string, ts []resize.Transform) (made, skipped int, err error)

	// Drop forgets every variant of an original, and tells whether there were any. A target that can't know
	// says true: that costs no more than an invalidation in the CDN.
	Drop(ctx context.Context, original string) (any bool, err error)
}

// An Invalidator makes the CDN forget an original. It returns when that can no longer be lost.
type Invalidator interface {
	Invalidate(ctx context.Context, original string) error
}

// An InvalidateError says that the CDN may still have what was dropped here.
type InvalidateError struct {
	Original string
	Err      error
}

func (e *InvalidateError) Error() string { return fmt.Sprintf("invalidate %s: %v", e.Original, e.Err) }
func (e *InvalidateError) Unwrap() error { return e.Err }
