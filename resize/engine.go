package resize

import (
	"cmp"
	"context"
	"errors"
)

// An Engine turns an original into variants. It is safe for concurrent use.
type Engine interface {
	// Name says which engine this is, with its revision; it is stored with each variant.
	Name() string

	Decodes(f Format) bool
	Encodes(f Format) bool

	// Each decodes src once and calls yield for one transform after another, in order, with the variant or with
	// what is wrong with the transform: a rectangle that misses the picture matches [ErrRect]. Its own error is of
	// src, and matches [ErrCorrupt], [ErrUnsupported] or [ErrTooLarge], or of ctx; then no more is yielded. It
	// does not retain src. Of a picture that stands still it makes what [WithMore] tells, too.
	Each(ctx context.Context, src []byte, ts []Transform, yield func(i int, variant []byte, err error)) error

	// Resize is Each for those who wait for all: it returns one variant per transform, in order, or the first error.
	Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error)
}

// Gather is Resize by way of Each, for engines.
func Gather(ctx context.Context, e Engine, src []byte, ts []Transform) ([][]byte, error) {
	out := make([][]byte, len(ts))
	var first error
	err := e.Each(ctx, src, ts, func(i int, variant []byte, err error) {
		out[i] = variant
		first = cmp.Or(first, err)
	})
	if err = cmp.Or(err, first); err != nil {
		return nil, err
	}
	return out, nil
}

// The faults that a picture, or what is asked of it, can have. All are for ever: the same bytes fail again.
var (
	ErrCorrupt     = errors.New("corrupt picture")
	ErrUnsupported = errors.New("unsupported picture")
	ErrTooLarge    = errors.New("picture over the limit")
	ErrRect        = errors.New("rectangle outside the picture")
)

// Limits bound what an engine takes from a stranger. The zero value of a field means its default.
type Limits struct {
	Pixels          int64 // of one decoded frame; default 100 million
	AnimationPixels int64 // frames × canvas; above it only the first frame is kept; default 50 million
}

// WithDefaults returns l with every zero field replaced by its default.
func (l Limits) WithDefaults() Limits {
	if l.Pixels == 0 {
		l.Pixels = 100e6
	}
	if l.AnimationPixels == 0 {
		l.AnimationPixels = 50e6
	}
	return l
}
