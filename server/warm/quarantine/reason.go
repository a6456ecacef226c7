package quarantine

import (
	"errors"

	"github.com/imgorigin/imgorigin/resize"
)

// A Reason is why an original is in quarantine.
type Reason string

const (
	Corrupt     Reason = "corrupt"
	Unsupported Reason = "unsupported"
	TooLarge    Reason = "too large"

	// Exhausted means that every attempt failed, though no error said that the next would fail too.
	Exhausted Reason = "exhausted"
)

// reasons pairs the errors of a decode that are permanent with the words for them.
var reasons = []struct {
	reason Reason
	err    error
}{
	{Corrupt, resize.ErrCorrupt},
	{Unsupported, resize.ErrUnsupported},
	{TooLarge, resize.ErrTooLarge},
}

// ReasonOf returns why an original will never decode. permanent is false when err may be temporary.
func ReasonOf(err error) (r Reason, permanent bool) {
	for _, known := range reasons {
		if errors.Is(err, known.err) {
			return known.reason, true
		}
	}
	return "", false
}

// decodeError returns an error with this text that matches the error of resize which [ReasonOf] maps to r. It is nil
// for Exhausted.
func (r Reason) decodeError(text string) error {
	for _, known := range reasons {
		if known.reason == r {
			return &recordedError{text, known.err}
		}
	}
	return nil
}

// recordedError is the error of an earlier decode, of which only the text and the reason were kept.
type recordedError struct {
	text string
	is   error
}

func (e *recordedError) Error() string { return e.text }
func (e *recordedError) Unwrap() error { return e.is }
