package cache

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName says that a store has no name for a key, as S3 for one of more than 1,024 bytes.
var ErrName = errors.New("no name for this key in the store")

// check refuses what no store names. A slash in a transform would put a variant among those of another original,
// and a name that begins with a dot is the store's own, or leads out of it.
func (k Key) check() error {
	if k.Original == "" || strings.IndexByte(k.Original, 0) >= 0 {
		return fmt.Errorf("original %q: %w", k.Original, ErrName)
	}
	if k.Transform == "" || k.Transform[0] == '.' || strings.ContainsAny(k.Transform, "/\\\x00") {
		return fmt.Errorf("transform %q: %w", k.Transform, ErrName)
	}
	return nil
}
