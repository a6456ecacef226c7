package quarantine

import (
	"errors"

	"github.com/imgorigin/imgorigin/resize"
)

// A Reason says why an original was set aside.
type Reason string

const (
	Corrupt     Reason = "corrupt"
	Unsupported Reason = "unsupported"
	TooLarge    Reason = "too large"
	Exhausted   Reason = "exhausted" // every try failed, though none said that it is for ever
)

// reasons pairs the faults that a picture can have for ever with the words for them.
var reasons = []struct {
	reason Reason
	fault  error
}{
	{Corrupt, resize.ErrCorrupt},
	{Unsupported, resize.ErrUnsupported},
	{TooLarge, resize.ErrTooLarge},
}

// ReasonOf returns why an original will never decode; any other error may pass.
func ReasonOf(err error) (Reason, bool) {
	for _, r := range reasons {
		if errors.Is(err, r.fault) {
			return r.reason, true
		}
	}
	return "", false
}

// fault returns an error that matches what ReasonOf was told, nil for Exhausted.
func (r Reason) fault(text string) error {
	for _, known := range reasons {
		if known.reason == r {
			return &quarantined{text, known.fault}
		}
	}
	return nil
}

// quarantined is the error of a decode that need not be tried again.
type quarantined struct {
	text string
	is   error
}

func (e *quarantined) Error() string { return e.text }
func (e *quarantined) Unwrap() error { return e.is }
