package resize

import (
	"cmp"
	"context"
	"errors"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// An Engine makes variants of originals. It is safe for concurrent use. resizetest.Run checks what every engine must
// do.
type Engine interface {
	// Name returns the engine's name and revision, which are stored with each variant.
	Name() string

	// Decodes and Encodes report whether the engine reads f, and whether it writes f.
	Decodes(f Format) bool
	Encodes(f Format) bool

	// IsSlow reports whether writing f takes so long that requests should not wait for it but those that ask for f by name.
	IsSlow(f Format) bool

	// Memory returns about how many bytes the engine holds while it makes variants of an image of size bytes, see
	// [Header.Memory].
	Memory(h Header, size int64, ts ...Transform) int64

	// Each decodes src once and makes the variants of job. It does not retain src. An error in a single transform goes
	// to job.Yield. The error of Each is about src, and then matches [ErrCorrupt], [ErrUnsupported] or [ErrTooLarge],
	// or it is the error of ctx, or of the system; transforms that were not yielded by then never are.
	Each(ctx context.Context, src []byte, job Job) error

	// Resize returns one variant for each transform, in order, or the first error.
	Resize(ctx context.Context, src []byte, ts ...Transform) ([][]byte, error)
}

// Gather implements the method Resize of an engine by its method Each.
func Gather(ctx context.Context, e Engine, src []byte, ts []Transform) ([][]byte, error) {
	variants := make([][]byte, len(ts))
	var first error
	err := e.Each(ctx, src, Job{Transforms: ts, Yield: func(i int, variant []byte, err error) {
		variants[i] = variant
		first = cmp.Or(first, err)
	}})
	if err = cmp.Or(err, first); err != nil {
		return nil, err
	}
	return variants, nil
}

// Errors of an image, or of a transform and the image together. All are permanent: the same bytes always fail again.
var (
	ErrCorrupt     = probe.ErrCorrupt
	ErrUnsupported = probe.ErrUnsupported
	ErrTooLarge    = errors.New("image over the limit")
	ErrRect        = errors.New("rectangle outside the image")
	ErrBytes       = errors.New("too many bytes")
)

// ErrUnavailable is matched by the error of a codec that the system gave too little, such as memory. It says nothing of
// the image: the same bytes may be decoded later.
var ErrUnavailable = errors.New("codec not available")

// Limits bound what an engine accepts, since images come from anybody. A zero field means its default.
type Limits struct {
	// Pixels bounds a decoded frame. The default is 100 million.
	Pixels int64

	// AnimationPixels bounds the frames of an animation together, each of which counts as the whole canvas. If an
	// animation exceeds it, only its first frame is used. The default is 50 million.
	AnimationPixels int64
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
