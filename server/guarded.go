package server

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
)

// guardedOriginals are originals behind a breaker. A body that breaks is a failure as much as one that does not come.
type guardedOriginals struct {
	Originals
	breaker *breaker
}

// slowOpen is the time that an original's first byte must have taken for a deadline to be the bucket's fault: work
// that waited long for other things has little left of its own.
const slowOpen = time.Second

func (o guardedOriginals) Open(ctx context.Context, key string) (*Original, error) {
	era, err := o.breaker.allow()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	original, err := o.Originals.Open(ctx, key)
	if err != nil {
		late := errors.Is(err, context.DeadlineExceeded) && time.Since(began) < slowOpen
		if !late {
			o.breaker.done(era, isOutage(err))
		}
		return nil, err
	}
	original.Body = &watchedBody{ReadCloser: original.Body, done: sync.OnceFunc(func() { o.breaker.done(era, false) }), failed: func() {
		if ctx.Err() == nil {
			o.breaker.done(era, true)
		}
	}}
	return original, nil
}

// Stat probes an open breaker too, where nothing but Stat is called. It opens none: what can't be looked at can
// perhaps be read.
func (o guardedOriginals) Stat(ctx context.Context, key string) (Info, error) {
	era, err := o.breaker.allow()
	if err != nil {
		return Info{}, err
	}
	info, err := o.Originals.Stat(ctx, key)
	if !isOutage(err) && ctx.Err() == nil && o.breaker.isOpen() {
		o.breaker.done(era, false)
	}
	return info, err
}

// A watchedBody tells whether a body could be read, at its first error or its end.
type watchedBody struct {
	io.ReadCloser
	done   func()
	failed func()
	broken bool
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil || b.broken:
	case errors.Is(err, io.EOF):
		b.done()
	default:
		b.broken = true
		b.failed()
	}
	return n, err
}

func (b *watchedBody) Close() error {
	if !b.broken {
		b.done()
	}
	return b.ReadCloser.Close()
}

// guardedStore is a store behind a breaker, which has a time to answer: making a variant is quicker than waiting long.
type guardedStore struct {
	cache.Store
	breaker *breaker
	timeout time.Duration
}

func (s guardedStore) Get(ctx context.Context, k cache.Key) (v *cache.Variant, err error) {
	err = s.within(ctx, func(ctx context.Context) error {
		v, err = s.Store.Get(ctx, k)
		return err
	})
	return v, err
}

func (s guardedStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	return s.within(ctx, func(ctx context.Context) error { return s.Store.Put(ctx, k, v) })
}

// within runs an act. Its deadline is the store's failure, the caller's is not.
func (s guardedStore) within(ctx context.Context, act func(context.Context) error) error {
	era, err := s.breaker.allow()
	if err != nil {
		return err
	}
	mine, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = act(mine)
	if ctx.Err() == nil {
		s.breaker.done(era, isOutage(err))
	}
	return err
}
