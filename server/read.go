package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// A need is the memory, in bytes, that making some variants of an original takes.
type need func(ts ...resize.Transform) int64

// probe judges an original of size bytes by its header, which is zero if it is too long to be looked at.
func (s *Server) probe(r io.Reader, size int64) (h resize.Header, need need, err error) {
	h, err = resize.Probe(r)
	if errors.Is(err, resize.ErrHeaderLong) {
		// The engine will judge, once it has all of it. Until then it may be the worst.
		return resize.Header{}, func(...resize.Transform) int64 { return size + 8*s.config.Limits.Pixels }, nil
	}
	if err == nil {
		err = h.Check(s.config.Limits)
	}
	switch {
	case err == nil:
		return h, s.needOf(h, size), nil
	case isPictureFault(err):
		return h, nil, err
	}
	return h, nil, originals.Unreachable(err)
}

func (s *Server) needOf(h resize.Header, size int64) need {
	return func(ts ...resize.Transform) int64 { return h.Memory(size, s.config.Limits, ts...) }
}

func isPictureFault(err error) bool {
	return errors.Is(err, resize.ErrCorrupt) || errors.Is(err, resize.ErrUnsupported) ||
		errors.Is(err, resize.ErrTooLarge) || errors.Is(err, resize.ErrRect)
}

// read returns the whole original, of which head was read already. A connection that broke, perhaps because
// the gate took long, is made anew once, if the budget of retries has it.
func (s *Server) read(ctx context.Context, key string, o *originals.Original, head []byte) ([]byte, error) {
	body, err := readAll(io.MultiReader(bytes.NewReader(head), o.Body), o.Size)
	if err == nil || ctx.Err() != nil || !s.originals.TakeRetry() {
		return body, originals.Unreachable(err)
	}
	again, errAgain := s.originals.Open(ctx, key)
	if errAgain != nil {
		return nil, originals.Unreachable(err)
	}
	defer again.Body.Close()
	if again.Size > s.config.MaxBytes {
		return nil, errTooLong
	}
	o.Info = again.Info
	body, err = readAll(again.Body, again.Size)
	return body, originals.Unreachable(err)
}

// bodies are originals that were read and are not needed any more: of a picture that is decoded to a small size, fresh
// memory for the file takes as long as a part of the decode.
var bodies sync.Pool

// newBody returns size bytes, of which nothing is known.
func newBody(size int64) []byte {
	if old, ok := bodies.Get().(*[]byte); ok && int64(cap(*old)) >= size {
		return (*old)[:size]
	}
	return make([]byte, size)
}

// releaseBody gives a body back that nobody looks at any more. A large one would be held for many small.
func releaseBody(body []byte) {
	const large = 32 << 20
	if cap(body) <= large {
		bodies.Put(&body)
	}
}

// readAll reads exactly size bytes, and on to the end: that is where those who check a sum say what came of it.
func readAll(r io.Reader, size int64) ([]byte, error) {
	body := newBody(size)
	if n, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("read %d of %d bytes: %w", n, size, err)
	}
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return nil, fmt.Errorf("read more than %d bytes", size)
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("read to the end of %d bytes: %w", size, err)
	}
	return body, nil
}
