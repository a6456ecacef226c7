package server

import (
	"context"
	"io"
)

// Originals is where originals are read from. The errors match [fs.ErrNotExist] when there is no original
// of that key; any other error may pass.
type Originals interface {
	// Open returns the original named key. The caller closes its Body.
	Open(ctx context.Context, key string) (*Original, error)

	// Stat returns what Open would, without the body.
	Stat(ctx context.Context, key string) (Info, error)
}

// Info is what is known of an original without its bytes.
type Info struct {
	ETag string // changes when the bytes do
	Size int64  // bytes
}

// An Original is an original that is being read.
type Original struct {
	Info
	Body io.ReadCloser
}
