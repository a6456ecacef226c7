package server

import (
	"context"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/admission"
)

// A guardedStore is a store behind a breaker, with a deadline for each call: making a variant is quicker than waiting
// long for it.
type guardedStore struct {
	cache.Store
	breaker *admission.Breaker
	timeout time.Duration
}

func (s guardedStore) Get(ctx context.Context, k cache.Key) (v *cache.Variant, err error) {
	err = s.call(ctx, func(ctx context.Context) error {
		v, err = s.Store.Get(ctx, k)
		return err
	})
	return v, err
}

func (s guardedStore) Put(ctx context.Context, k cache.Key, v *cache.Variant) error {
	return s.call(ctx, func(ctx context.Context) error { return s.Store.Put(ctx, k, v) })
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
