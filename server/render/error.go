package render

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/imgorigin/imgorigin/resize"
)

// A WorkError is the error of making a variant of an original that was read: the image is at fault, or the work takes
// too long or fails. As long as the original is the same, another attempt likely ends the same way.
type WorkError struct {
	OriginalETag string
	Err          error
}

func (e *WorkError) Error() string { return e.Err.Error() }
func (e *WorkError) Unwrap() error { return e.Err }

// errPanic is matched by the error of a batch that panicked.
var errPanic = errors.New("panic")

func panicError(p any) error { return fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack()) }

// errNotMade is the error of an engine that ended without an error before it made everything it was asked for.
var errNotMade = errors.New("the engine made less than it was asked for")

// isOfImage reports whether err is about the image itself: reading it again would not help.
func isOfImage(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) ||
		errors.Is(err, resize.ErrTooLarge) || errors.Is(err, resize.ErrRect) || errors.Is(err, resize.ErrBytes)
}
