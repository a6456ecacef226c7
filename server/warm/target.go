package warm

import (
	"context"

	"github.com/imgorigin/imgorigin/resize"
)

// A Target makes and drops variants. It is safe for concurrent use, by several processes too.
type Target interface {
	// Stat returns the original's ETag. The error matches [fs.ErrNotExist] when there is no such original.
	Stat(ctx context.Context, original string) (etag string, err error)

	// Warm makes the variants ts from the original's present bytes, from one decode, except those that are stored
	// already and are not drafts. It returns how many it made and how many were there.
	//
	// The error matches [fs.ErrNotExist] when there is no such original, and [resize.ErrCorrupt],
	// [resize.ErrUnsupported] or [resize.ErrTooLarge] when it will never decode; any other may be temporary. A
	// transform that does not suit this original, such as a rectangle outside of it, is no error.
	Warm(ctx context.Context, original string, ts []resize.Transform) (made, skipped int, err error)

	// DropStale drops the variants of an original that were made from another state of it than the one with this ETag,
	// and returns how many it dropped, and how many it kept. A nil error means that they are gone: it is proven, not
	// assumed. Both are 0 only if no cache can have got a variant of the original: what the target has dropped by
	// itself since the last call counts as dropped.
	DropStale(ctx context.Context, original, etag string) (dropped, kept int, err error)

	// Retire is DropStale, with an ETag of "" for an original that is gone, and for a caller that no event will call again
	// if it is killed before it has purged caches of what was dropped. Before it drops a variant, it leaves a trace, which
	// counts as a variant of another state for whoever drops or lists variants next. done removes the trace, and is to be
	// called once the purge is accepted. It is never nil without an error.
	Retire(ctx context.Context, original, etag string) (dropped int, done func(context.Context) error, err error)

	// Drop drops every variant of an original, and reports whether there were any. A target that can't know returns
	// true, which costs no more than an invalidation in the CDN.
	Drop(ctx context.Context, original string) (dropped bool, err error)
}
