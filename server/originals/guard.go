package originals

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/admission"
)

// Guarded is a source behind a breaker. A body that breaks off is a failure as much as an Open without an answer.
type Guarded struct {
	Source
	breaker *admission.Breaker

	mu      sync.Mutex
	damaged string // the key of the last body that broke off or was damaged, with the bucket answering
}

// Guard returns source behind a breaker.
func Guard(source Source, b *admission.Breaker) *Guarded { return &Guarded{Source: source, breaker: b} }

// TakeRetry takes a retry from the breaker's budget and reports whether there was one.
func (g *Guarded) TakeRetry() bool { return g.breaker.TakeRetry() }

// slowOpen is how long an Open must have waited for its deadline to be the bucket's failure: a job that waited long
// for other things has little of its time left for this one.
const slowOpen = time.Second

// Open implements [Source]. The error matches [admission.ErrOpen] while the breaker is open.
func (g *Guarded) Open(ctx context.Context, key string) (*Original, error) {
	call, err := g.breaker.Allow()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	original, err := g.Source.Open(ctx, key)
	if err != nil {
		isHurried := errors.Is(err, context.DeadlineExceeded) && time.Since(began) < slowOpen
		if !isHurried {
			call.Done(err)
		}
		return nil, err
	}
	original.Body = &watchedBody{ReadCloser: original.Body, report: sync.OnceFunc(call.Succeeded), broken: func(err error) {
		if ctx.Err() == nil && (g.breaker.IsOutage(err) || g.isAnother(key)) {
			call.Failed()
		}
	}}
	return original, nil
}

// isAnother reports whether a damaged body is of another key than the one before. A single object that is damaged, however
// often it is requested, says nothing about the bucket. Several do: something on the way damages all of them.
func (g *Guarded) isAnother(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.damaged
	g.damaged = key
	return key != before
}

// Stat implements [Source]. It probes an open breaker and may close it, because some callers only ever stat. It does
// not open one: a bucket that refuses to describe an original may still return it.
func (g *Guarded) Stat(ctx context.Context, key string) (Info, error) {
	call, err := g.breaker.Allow()
	if err != nil {
		return Info{}, err
	}
	info, err := g.Source.Stat(ctx, key)
	if !g.breaker.IsOutage(err) && ctx.Err() == nil && g.breaker.IsOpen() {
		call.Succeeded()
	}
	return info, err
}

// A watchedBody reports whether a body could be read, at its first error, its end, or its Close.
type watchedBody struct {
	io.ReadCloser
	report   func()      // that it could be read, once
	broken   func(error) // that it could not
	isBroken bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil || b.isBroken:
	case errors.Is(err, io.EOF), errors.Is(err, ErrEncoding): // the object is as it was put
		b.report()
	default:
		b.isBroken = true
		b.broken(err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	if !b.isBroken {
		b.report()
	}
	return b.ReadCloser.Close()
}
