package cache

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName is matched by the error for a key that a store can't name, as S3 can't when the name of the object would
// have more than 1,024 bytes.
var ErrName = errors.New("no name for this key in the store")

// Check returns an error that matches [ErrName] for a key that no store may name. A slash in a transform would put the
// variant among those of another original. A transform that begins with a dot could be a name that the store uses
// itself, or lead out of the store.
func (k Key) Check() error {
	if k.Original == "" || strings.IndexByte(k.Original, 0) >= 0 {
		return fmt.Errorf("original %q: %w", k.Original, ErrName)
	}
	if k.Transform == "" || k.Transform[0] == '.' || strings.ContainsAny(k.Transform, "/\\\x00") {
		return fmt.Errorf("transform %q: %w", k.Transform, ErrName)
	}
	return nil
}
