package resize

import (
	"context"
	"slices"

	"github.com/imgorigin/imgorigin/resize/jpeg"
)

type moreKey struct{}

// WithMore returns a context under which an engine that can calls f before each variant, and when it has no other to
// make: the transforms that f returns are made next, of the same decode, and yielded as if they had stood behind all
// others. They must be such that [Header.Covers].
func WithMore(ctx context.Context, f func() []Transform) context.Context {
	return context.WithValue(ctx, moreKey{}, f)
}

// AsksMore tells whether [WithMore] put anything into a context.
func AsksMore(ctx context.Context) bool { return ctx.Value(moreKey{}) != nil }

// MoreOf returns what [WithMore] put into a context, or a function that returns nothing: for an engine that has another
// do its work.
func MoreOf(ctx context.Context) func() []Transform {
	if f, ok := ctx.Value(moreKey{}).(func() []Transform); ok {
		return f
	}
	return func() []Transform { return nil }
}

// Covers tells whether what is decoded of a picture for some transforms is enough for another one.
func (h Header) Covers(ts []Transform, t Transform) bool {
	if h.Width == 0 || h.Frames > 1 { // nothing is known; made frame by frame, all variants of each
		return false
	}
	have, want := h.demand(ts), h.demand([]Transform{t})
	if !want.part.In(have.part) {
		return false
	}
	if h.Format == JPEG {
		return jpeg.ScaleFor(want.ratio, decodeMargin) <= jpeg.ScaleFor(have.ratio, decodeMargin)
	}
	return want.ratio >= have.ratio
}

// A queue is the transforms that are still to be made, by their number.
type queue struct {
	transforms []Transform
	next       []int
	more       func() []Transform
}

func newQueue(ctx context.Context, ts []Transform) *queue {
	q := &queue{transforms: slices.Clone(ts), more: MoreOf(ctx)}
	for i := range ts {
		q.next = append(q.next, i)
	}
	return q
}

// pop returns the next, unless there is none any more.
func (q *queue) pop() (i int, t Transform, ok bool) {
	late := q.more()
	first := make([]int, len(late), len(late)+len(q.next))
	for i := range late {
		first[i] = len(q.transforms) + i
	}
	q.transforms, q.next = append(q.transforms, late...), append(first, q.next...)
	if len(q.next) == 0 {
		return 0, Transform{}, false
	}
	i, q.next = q.next[0], q.next[1:]
	return i, q.transforms[i], true
}
