package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/admission"
)

// largestHeld returns the size in bytes of the largest body that a memory of some size holds. A larger one is read from the
// store for each request, piece by piece: it would take the place of many others, and its readers may be slow.
func largestHeld(memory int64) int64 { return min(max(memory/64, 64<<10), 4<<20) }

// hold puts a variant into memory: only its description if its body is large and in the store.
func (s *Server) hold(k cache.Key, v *cache.Variant, began cache.Token) {
	if s.store != nil && !v.Unstored && int64(len(v.Body)) > s.largestHeld {
		v = describe(v)
	}
	s.memory.Put(k, v, began)
}

// describe returns a variant without its body.
func describe(v *cache.Variant) *cache.Variant {
	described := *v
	described.Body, described.Size = nil, int64(len(v.Body))
	return &described
}

// takeBody makes the body of a variant ready to be sent, and returns the variant that is to be answered: another, if this
// one is no longer in the store. The caller calls releaseBody.
func (s *Server) takeBody(ctx context.Context, x *exchange, v *cache.Variant) (*cache.Variant, error) {
	if x.r.Method == http.MethodHead {
		return v, nil
	}
	if v.Body == nil {
		err := s.streamBody(x, v)
		if err == nil || errors.Is(err, admission.ErrBusy) || ctx.Err() != nil {
			return v, err
		}
		s.memory.Remove(x.key, v)
		if v, err = s.replacement(ctx, x); err != nil {
			return nil, err
		}
		if x.stored != nil {
			return v, nil
		}
	}
	switch {
	case s.memory.Use(x.key, v):
		x.used = v
		return v, nil
	case s.store == nil || v.Unstored:
		return nil, admission.ErrBusy
	}
	v = describe(v)
	return v, s.streamBody(x, v)
}

// releaseBody ends what takeBody began.
func (s *Server) releaseBody(x *exchange) {
	if x.used != nil {
		s.memory.EndUse(x.used)
	}
	if x.stored != nil {
		x.stored.Close()
		s.memory.Unreserve(streamBytes)
	}
}

// replacement returns the variant of an exchange whose description is of a body that is not in the store any more: what has
// taken its place there, as the final of another process does with a draft, or what is made again.
func (s *Server) replacement(ctx context.Context, x *exchange) (*cache.Variant, error) {
	v := s.lookUp(ctx, x, x.key)
	if v != nil && !suits(x.req, v) {
		v = nil
	}
	if v != nil && v.Body == nil && s.streamBody(x, v) != nil {
		s.memory.Remove(x.key, v)
		v = nil
	}
	if v != nil {
		return v, nil
	}
	return s.makeAgain(ctx, x)
}

// makeAgain makes the variant of an exchange whose body is not in the store any more.
func (s *Server) makeAgain(ctx context.Context, x *exchange) (*cache.Variant, error) {
	if err := s.admit(ctx, x, x.key); err != nil {
		return nil, err
	}
	v, err := s.fillShared(ctx, x, x.key)
	if err == nil && v.Body == nil {
		err = fmt.Errorf("%s: its body is not in the store", x.key)
	}
	return v, err
}

// streamBytes is about what it takes to send a body from the store: buffers of both connections.
const streamBytes = 96 << 10

// streamBody opens the body of a variant in the store. A request that may not need all of it opens it when it is read.
func (s *Server) streamBody(x *exchange, v *cache.Variant) error {
	ctx, k := x.r.Context(), x.key
	stored := &storedBody{size: v.Size, open: func(offset int64) (*cache.Opened, error) {
		opened, err := s.store.Open(ctx, k, offset)
		if err == nil && (opened.OriginalETag != v.OriginalETag || opened.Size != v.Size || opened.Draft != v.Draft) {
			opened.Close()
			opened, err = nil, fmt.Errorf("%s: replaced: %w", k, fs.ErrNotExist)
		}
		return opened, err
	}}
	if !s.memory.Reserve(streamBytes) {
		return admission.ErrBusy
	}
	h := x.r.Header
	if h.Get("Range") == "" && h.Get("If-None-Match") == "" && h.Get("If-Modified-Since") == "" {
		x.startLegs(ctx)
		defer s.endLeg(x.legs, "store", time.Now())
		if err := stored.reopen(); err != nil {
			s.memory.Unreserve(streamBytes)
			s.reportRead(ctx, k, err)
			return err
		}
	}
	x.stored, x.source = stored, fromStore
	return nil
}

// content returns the body of a variant that takeBody has made ready.
func (x *exchange) content(v *cache.Variant) io.ReadSeeker {
	switch {
	case x.stored != nil:
		return x.stored
	case v.Body == nil: // for HEAD
		return &storedBody{size: v.Size}
	}
	return x.body.set(v.Body)
}

// reportBody reports a body that could not be read to its end: the client got less than the Content-Length, and knows.
// One that is damaged is deleted, and made again for the next request.
func (s *Server) reportBody(x *exchange, v *cache.Variant) {
	if x.stored == nil || x.stored.err == nil {
		return
	}
	ctx := x.r.Context()
	s.reportRead(ctx, x.key, x.stored.err)
	if errors.Is(x.stored.err, cache.ErrDamaged) || errors.Is(x.stored.err, fs.ErrNotExist) {
		s.memory.Remove(x.key, v)
	}
	if errors.Is(x.stored.err, cache.ErrDamaged) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		s.storeFailed(ctx, "delete", x.key.Original, s.store.Delete(ctx, x.key.Original, x.key.Transform))
	}
}

// A storedBody is a body that is read from the store, from where [http.ServeContent] seeks to.
type storedBody struct {
	open   func(offset int64) (*cache.Opened, error)
	size   int64
	offset int64         // of the next Read
	opened *cache.Opened // nil if it is to be opened
	at     int64         // where opened is
	err    error         // of reading
}

func (b *storedBody) reopen() (err error) {
	b.Close()
	b.opened, err = b.open(b.offset)
	b.at = b.offset
	return err
}

// Read implements [io.Reader].
func (b *storedBody) Read(p []byte) (n int, err error) {
	if b.offset >= b.size {
		return 0, io.EOF
	}
	if b.opened == nil || b.at != b.offset {
		if b.err = b.reopen(); b.err != nil {
			return 0, b.err
		}
	}
	n, err = b.opened.Read(p)
	b.offset += int64(n)
	b.at = b.offset
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// Seek implements [io.Seeker]. Only a Read from elsewhere opens the body again: ServeContent seeks to the end and back for the size.
func (b *storedBody) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.offset
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	b.offset = offset
	return offset, nil
}

// Close implements [io.Closer]. A later Read opens the body again.
func (b *storedBody) Close() error {
	if b.opened == nil {
		return nil
	}
	defer func() { b.opened = nil }()
	return b.opened.Close()
}
