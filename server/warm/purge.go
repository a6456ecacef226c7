package warm

import (
	"context"
	"fmt"

	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// An Invalidator makes a CDN forget the variants of originals.
type Invalidator interface {
	// Invalidate returns nil once the CDN has accepted the invalidation, so that it can no longer be lost.
	Invalidate(ctx context.Context, original string) error
}

// An InvalidateError reports that the CDN may still cache variants that were dropped.
type InvalidateError struct {
	Original string
	Err      error
}

func (e *InvalidateError) Error() string { return fmt.Sprintf("invalidate %s: %v", e.Original, e.Err) }
func (e *InvalidateError) Unwrap() error { return e.Err }

// unversioned is the version of objects in a bucket without versions.
const unversioned = "null"

// wantsPurge reports whether the CDN may have variants of an older state than that which an event was settled to.
//
// An attempt that was interrupted may have dropped variants and not purged them. The first time, variants of the present
// state are a reason too: a server may have replaced those of an older state, which caches still have. So is a removal, even
// if the original is there again, and any change of a mark.
func (w *Warmer) wantsPurge(ctx context.Context, key string, ev s3event.Event, r Result) (bool, error) {
	isSettled := r.outcome != coalesced && r.outcome != late
	switch {
	case r.Dropped || ev.Purge || ev.Redelivered:
		return true, nil
	case ev.Second || !isSettled:
		return false, nil
	case r.cached || ev.Kind == s3event.Removed || w.config.IsMark != nil && w.config.IsMark(key):
		return true, nil
	case w.config.Overwritten == nil || w.config.CDN == nil || ev.VersionID == "" || ev.VersionID == unversioned:
		return false, nil
	}
	overwritten, err := w.config.Overwritten(ctx, key)
	if err != nil && !IsOutage(err) && ctx.Err() == nil { // such as a role that may not list versions
		w.log.WarnContext(ctx, "versions not listed, the original is taken for a new one", "original", key, "err", err)
		return false, nil
	}
	return overwritten, err
}

// invalidate makes the CDN forget an original.
func (w *Warmer) invalidate(ctx context.Context, original string) error {
	if w.config.CDN == nil {
		return nil
	}
	if err := w.config.CDN.Invalidate(ctx, original); err != nil {
		return &InvalidateError{original, err}
	}
	return nil
}
