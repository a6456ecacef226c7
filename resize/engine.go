package resize

import (
	"context"
	"errors"
)

// An Engine turns an original into variants. It is safe for concurrent use.
type Engine interface {
	// Name says which engine this is, with its revision; it is stored with each variant.
	Name() string

	Decodes(f Format) bool
	Encodes(f Format) bool

	// Resize decodes src once and returns one encoded variant per transform, in order. It does not retain
	// src. Faults of src match [ErrCorrupt], [ErrUnsupported] or [ErrTooLarge]; a rectangle that misses the
	// picture matches [ErrRect].
	Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error)
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
