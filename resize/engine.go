package resize

import (
	"cmp"
	"context"
	"errors"
)

// An Engine turns an original into variants. It is safe for concurrent use.
type Engine interface {
	// Name returns the engine's name and revision, which are stored with each variant.
	Name() string

	Decodes(f Format) bool
	Encodes(f Format) bool

	// Each decodes src once and makes the variants of job. What is wrong with a single transform goes to job.Yield; an
	// error of Each is about src, and matches [ErrCorrupt], [ErrUnsupported] or [ErrTooLarge], or it is the error of
	// ctx; then transforms that are not yielded yet never are. It does not retain src.
	Each(ctx context.Context, src []byte, job Job) error

	// Resize returns one variant for each transform, in order, or the first error.
	Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error)
}

// Gather implements Resize of an engine by its Each.
func Gather(ctx context.Context, e Engine, src []byte, ts []Transform) ([][]byte, error) {
	out := make([][]byte, len(ts))
	var first error
	err := e.Each(ctx, src, Job{Transforms: ts, Yield: func(i int, variant []byte, err error) {
		out[i] = variant
		first = cmp.Or(first, err)
	}})
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
