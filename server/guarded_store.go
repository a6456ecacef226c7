package server

import (
	"context"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/admission"
)

// A guardedStore is a store behind a breaker, with a deadline for each call: making a variant is quicker than waiting
// long for it.
//
// It does not embed the store: a method that is added to the interface must be guarded too.
type guardedStore struct {
	store   cache.Store
	breaker *admission.Breaker
	timeout time.Duration
}

var _ cache.Store = guardedStore{}

func (s guardedStore) Get(ctx context.Context, k cache.Key) (v *cache.Variant, err error) {
	err = s.call(ctx, func(ctx context.Context) error {
		v, err = s.store.Get(ctx, k)
		return err
	})
	return v, err
}

// Open has the deadline to return. The reading has none: it takes as long as its client.
func (s guardedStore) Open(ctx context.Context, k cache.Key, offset int64) (*cache.Opened, error) {
	call, err := s.breaker.Allow()
	if err != nil {
		return nil, err
	}
	callCtx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(s.timeout, cancel)
	opened, err := s.store.Open(callCtx, k, offset)
	if !timer.Stop() {
		if err == nil {
			opened.Close()
		}
		opened, err = nil, context.DeadlineExceeded
	}
	if ctx.Err() == nil {
		call.Done(err)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return opened, nil
}

func (s guardedStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	return s.call(ctx, func(ctx context.Context) error { return s.store.Put(ctx, k, v) })
}

func (s guardedStore) Stat(ctx context.Context, k cache.Key) (v *cache.Variant, err error) {
	err = s.call(ctx, func(ctx context.Context) error {
		v, err = s.store.Stat(ctx, k)
		return err
	})
	return v, err
}

func (s guardedStore) Transforms(ctx context.Context, original string) (transforms []string, err error) {
	err = s.call(ctx, func(ctx context.Context) error {
		transforms, err = s.store.Transforms(ctx, original)
		return err
	})
	return transforms, err
}

func (s guardedStore) Delete(ctx context.Context, original string, transforms ...string) error {
	return s.call(ctx, func(ctx context.Context) error { return s.store.Delete(ctx, original, transforms...) })
}

func (s guardedStore) Drop(ctx context.Context, original string) error {
	return s.call(ctx, func(ctx context.Context) error { return s.store.Drop(ctx, original) })
}

// call calls the store with a deadline of its own. Running into it is a failure of the store; the end of the caller's
// context is not.
func (s guardedStore) call(ctx context.Context, do func(context.Context) error) error {
	call, err := s.breaker.Allow()
	if err != nil {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = do(callCtx)
	if ctx.Err() == nil {
		call.Done(err)
	}
	return err
}
