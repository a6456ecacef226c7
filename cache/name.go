package cache

import "errors"

// ErrName says that a store has no name for a key, as S3 for one of more than 1,024 bytes.
var ErrName = errors.New("no name for this key in the store")
