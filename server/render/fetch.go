package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// ErrTooManyBytes is the error of an original with more than [Config.MaxBytes].
var ErrTooManyBytes = fmt.Errorf("%w: more bytes than the limit", resize.ErrTooLarge)

// A need returns the memory, in bytes, that making some variants of an original takes.
type need func(ts ...resize.Transform) int64

// A source is what a batch is made from: an original whose header was probed, or its mezzanine.
type source struct {
	header      resize.Header // zero if it is longer than was looked at
	need        need
	etag        string // of the original, as it was probed
	isMezzanine bool

	// read returns the whole body, and the ETag of the original that it is of, which may be newer. The caller
	// releases the body.
	read    func(context.Context) (body []byte, etag string, err error)
	release func(body []byte)

	// close ends the source without reading it.
	close func()
}

// covers returns a function that reports whether what is decoded for ts is enough for another transform, and so is
// the memory that it takes.
func (src *source) covers(ts []resize.Transform) func(resize.Transform) bool {
	memory := src.need(ts...)
	return func(t resize.Transform) bool { return src.need(t) <= memory && src.header.Covers(ts, t) }
}

// open opens an original, asks the quarantine about it, and probes its header for what an engine will need.
func (r *Renderer) open(ctx context.Context, key string, engine resize.Engine) (*source, error) {
	began := time.Now()
	original, err := r.config.Originals.Open(ctx, key)
	if err != nil {
		return nil, ofSource(err)
	}
	r.config.Saw(key, original.ETag, began)
	src, err := r.probe(ctx, key, original, engine)
	if err != nil {
		original.Body.Close()
		if isOfImage(err) {
			err = &WorkError{original.ETag, err}
		}
		return nil, err
	}
	return src, nil
}

func (r *Renderer) probe(
	ctx context.Context, key string, original *originals.Original, engine resize.Engine,
) (*source, error) {
	if original.Size > r.config.MaxBytes {
		return nil, ErrTooManyBytes
	}
	if r.config.Quarantine != nil {
		if err := r.config.Quarantine.DecodeError(ctx, key, original.ETag); err != nil {
			return nil, err
		}
	}
	var head bytes.Buffer
	header, need, err := r.probeHeader(io.TeeReader(original.Body, &head), r.mostBytes(original.Size), engine)
	if err != nil {
		return nil, err
	}
	return &source{
		header: header, need: need, etag: original.ETag,
		read: func(ctx context.Context) ([]byte, string, error) {
			defer original.Body.Close()
			return r.readBody(ctx, key, original, head.Bytes())
		},
		release: releaseBody,
		close:   func() { original.Body.Close() },
	}, nil
}

// probeHeader judges an original of size bytes by its header. The header is zero if it is too long to be looked at:
// then the engine will judge, once it has all of it, and until then the worst is assumed.
func (r *Renderer) probeHeader(body io.Reader, size int64, engine resize.Engine) (resize.Header, need, error) {
	header, err := resize.Probe(body)
	if errors.Is(err, resize.ErrHeaderLong) {
		const pixelBytes = 48 // which a WebP without loss may take, and nothing more than that
		worst := size + pixelBytes*r.config.Limits.Pixels
		return resize.Header{}, func(...resize.Transform) int64 { return worst }, nil
	}
	if err == nil {
		err = header.Check(r.config.Limits)
	}
	switch {
	case err == nil:
		return header, needOf(engine, header, size), nil
	case isOfImage(err):
		return header, nil, err
	}
	return header, nil, ofSource(err)
}

// ofSource returns an error of reading an original as one of this package.
func ofSource(err error) error {
	if errors.Is(err, originals.ErrEncoding) {
		return fmt.Errorf("%w: %w", resize.ErrUnsupported, err)
	}
	return originals.Unreachable(err)
}

// maxUnknownBytes bounds an original whose size is not known before it is read: so much memory is reserved for it.
const maxUnknownBytes = 32 << 20

// mostBytes returns the number of bytes that the body of an original may have.
func (r *Renderer) mostBytes(size int64) int64 {
	if size == originals.UnknownSize {
		return min(maxUnknownBytes, r.config.MaxBytes)
	}
	return size
}

func needOf(engine resize.Engine, h resize.Header, size int64) need {
	return func(ts ...resize.Transform) int64 { return engine.Memory(h, size, ts...) }
}

// readBody returns the whole original, of which head was read already, and its ETag. If the connection broke, perhaps
// because the wait at the gate was long, the original is opened again, once, if the budget of retries allows it.
func (r *Renderer) readBody(ctx context.Context, key string, original *originals.Original, head []byte) ([]byte, string, error) {
	body, err := r.readWhole(io.MultiReader(bytes.NewReader(head), original.Body), original.Size)
	if err == nil || isOfImage(err) || ctx.Err() != nil || !r.config.Originals.TakeRetry(key) {
		return body, original.ETag, err
	}
	reopened, errReopen := r.config.Originals.Open(ctx, key)
	if errReopen != nil {
		return nil, "", err
	}
	defer reopened.Body.Close()
	if reopened.Size > r.config.MaxBytes {
		return nil, reopened.ETag, ErrTooManyBytes
	}
	body, err = r.readWhole(reopened.Body, reopened.Size)
	return body, reopened.ETag, err
}

// readWhole reads a body of size bytes, or of one that is not known.
func (r *Renderer) readWhole(body io.Reader, size int64) (whole []byte, err error) {
	if size != originals.UnknownSize {
		whole, err = readAll(body, size)
		return whole, ofSource(err)
	}
	most := r.mostBytes(size)
	whole, err = io.ReadAll(io.LimitReader(body, most+1))
	if int64(len(whole)) > most {
		return nil, ErrTooManyBytes
	}
	return whole, ofSource(err)
}

// bodies are buffers of originals for reuse: where an image is decoded to a small size, fresh memory for its file would
// take as long as a part of the decode.
var bodies sync.Pool

// newBody returns a buffer of size bytes with any contents.
func newBody(size int64) []byte {
	if body, ok := bodies.Get().(*[]byte); ok && int64(cap(*body)) >= size {
		return (*body)[:size]
	}
	return make([]byte, size)
}

// releaseBody gives a body back that nothing refers to. The pool keeps no large one, which it would hold for many small
// originals.
func releaseBody(body []byte) {
	const largest = 32 << 20
	if cap(body) <= largest {
		bodies.Put(&body)
	}
}

// readAll reads exactly size bytes and then on to the end of r: a reader that verifies a checksum reports it there.
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
