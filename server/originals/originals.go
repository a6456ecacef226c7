// Package originals is where the service reads original images from: a folder, a bucket of S3, a web server, or several of
// them by the prefixes of keys.
//
// A [Source] opens an original by its key. [Guard] puts a breaker before it, so that a bucket that does not answer
// costs requests no time.
package originals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// A Source is where originals are read from. It is safe for concurrent use. An error matches [fs.ErrNotExist] if there
// is no original with the key; any other error may be temporary.
type Source interface {
	// Open returns the original named key. The caller closes its Body.
	Open(ctx context.Context, key string) (*Original, error)

	// Stat returns what Open would, without the body.
	Stat(ctx context.Context, key string) (Info, error)
}

// Info describes an original without its bytes.
type Info struct {
	ETag string // changes when the bytes do
	Size int64  // bytes, as they are stored; of an Original, those of its Body, or [UnknownSize]
}

// An Original is an original that is being read.
type Original struct {
	Info
	Body io.ReadCloser
}

// ErrUnreachable is the error of a source that could not be read.
var ErrUnreachable = errors.New("originals unreachable")

// ErrArchived is the error of an original that can't be read before it is restored from an archive.
var ErrArchived = errors.New("archived original")

// Unreachable wraps an error of a source in [ErrUnreachable], except for one that matches [fs.ErrNotExist].
func Unreachable(err error) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
