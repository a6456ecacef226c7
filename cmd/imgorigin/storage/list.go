package storage

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

// A sourceLister lists the originals of several sources as one.
type sourceLister struct {
	flags   OriginalsFlags
	listers []backfill.Lister // of flags.All
}

// List implements [backfill.Lister].
func (l sourceLister) List(ctx context.Context, prefix, after string) iter.Seq2[backfill.Object, error] {
	return func(yield func(backfill.Object, error) bool) {
		var heads []*listHead
		for i, at := range l.flags.All() {
			if !strings.HasPrefix(at.Keys, prefix) && !strings.HasPrefix(prefix, at.Keys) {
				continue
			}
			next, stop := iter.Pull2(l.list(ctx, at, l.listers[i], prefix, after))
			defer stop()
			head := &listHead{next: next}
			if head.advance() {
				heads = append(heads, head)
			}
		}
		for len(heads) > 0 {
			first := 0
			for i, head := range heads {
				if head.err != nil || heads[first].err == nil && head.object.Key < heads[first].object.Key {
					first = i
				}
			}
			head := heads[first]
			if !yield(head.object, head.err) || head.err != nil {
				return
			}
			if !head.advance() {
				heads = append(heads[:first], heads[first+1:]...)
			}
		}
	}
}

// A listHead is the next object of a list.
type listHead struct {
	next   func() (backfill.Object, error, bool)
	object backfill.Object
	err    error
}

// advance goes on to the next object, and reports whether there is one.
func (h *listHead) advance() (ok bool) {
	h.object, h.err, ok = h.next()
	return ok
}

// list lists the originals of a source by their whole keys, without those that are read from another one.
func (l sourceLister) list(
	ctx context.Context, at Source, lister backfill.Lister, prefix, after string,
) iter.Seq2[backfill.Object, error] {
	return func(yield func(backfill.Object, error) bool) {
		rest, isWithin := strings.CutPrefix(after, at.Keys)
		if !isWithin && after > at.Keys {
			return // all of its keys come before
		}
		if !isWithin {
			rest = ""
		}
		within := strings.TrimPrefix(prefix, at.Keys)
		if len(prefix) < len(at.Keys) {
			within = ""
		}
		for object, err := range lister.List(ctx, within, rest) {
			object.Key = at.Keys + object.Key
			if err == nil && l.flags.IsShadowed(at, object.Key) {
				continue
			}
			if !yield(object, err) {
				return
			}
		}
	}
}

// A webLister is the list of the originals of a web server, which can't be had.
type webLister struct{ at Source }

// List implements [backfill.Lister].
func (l webLister) List(context.Context, string, string) iter.Seq2[backfill.Object, error] {
	return func(yield func(backfill.Object, error) bool) {
		yield(backfill.Object{}, fmt.Errorf("the originals at %s can't be listed: want their keys, or a --prefix without them", l.at))
	}
}
