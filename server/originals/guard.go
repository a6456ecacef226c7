package originals

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/server/admission"
)

// Guarded is the sources of originals, each behind a breaker of its own, so that an outage of one does not affect the
// others.
type Guarded struct {
	routes Routes
	guards []*guarded // of routes
}

// Guard returns source behind a breaker, or each of several [Routes] behind one of its own. newBreaker makes the breaker of
// the source whose keys begin with a prefix.
func Guard(source Source, newBreaker func(prefix string) *admission.Breaker) *Guarded {
	routes, ok := source.(Routes)
	if !ok {
		routes = Routes{{Source: source}}
	}
	g := &Guarded{}
	for _, route := range routes {
		guard := &guarded{Source: route.Source, breaker: newBreaker(route.Prefix)}
		g.guards = append(g.guards, guard)
		g.routes = append(g.routes, Route{route.Prefix, guard})
	}
	return g
}

// Open implements [Source]. The error matches [admission.ErrOpen] while the breaker of the original's source is open.
func (g *Guarded) Open(ctx context.Context, key string) (*Original, error) {
	return g.routes.Open(ctx, key)
}

// Stat implements [Source]. It probes an open breaker and may close it, because some callers only ever stat. It does
// not open one: a bucket that refuses to describe an original may still return it.
func (g *Guarded) Stat(ctx context.Context, key string) (Info, error) { return g.routes.Stat(ctx, key) }

// TakeRetry takes a retry of an original from the budget of its source's breaker, and reports whether there was one.
func (g *Guarded) TakeRetry(key string) bool {
	i, _, ok := g.routes.Route(key)
	return ok && g.guards[i].breaker.TakeRetry()
}

// Prefix returns the prefix of the source of an original, which tells sources apart.
func (g *Guarded) Prefix(key string) string {
	i, _, ok := g.routes.Route(key)
	if !ok {
		return ""
	}
	return g.routes[i].Prefix
}

// A guarded is a source behind a breaker. A body that breaks off is a failure as much as an Open without an answer.
type guarded struct {
	Source
	breaker *admission.Breaker

	mu      sync.Mutex
	damaged string // the key of the last body that broke off or was damaged, with the bucket answering
}

// slowOpen is how long an Open must have waited for its deadline to be the bucket's failure: a job that waited long
// for other things has little of its time left for this one.
const slowOpen = time.Second

// Open implements [Source].
func (g *guarded) Open(ctx context.Context, key string) (*Original, error) {
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
			call.Failed(err)
		}
	}}
	return original, nil
}

// isAnother reports whether a damaged body is of another key than the one before. A single object that is damaged, however
// often it is requested, says nothing about the bucket. Several do: something on the way damages all of them.
func (g *guarded) isAnother(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.damaged
	g.damaged = key
	return key != before
}

// Stat implements [Source], see [Guarded.Stat].
func (g *guarded) Stat(ctx context.Context, key string) (Info, error) {
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
