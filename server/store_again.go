package server

import (
	"context"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/resize"
)

const (
	storesAgainAtOnce  = 4
	storesAgainTracked = 4096 // variants
)

// A storeAgain puts variants into the store later that could not be stored when they were made. Until then they are
// only in the memory of this process, and caches keep them briefly: after an outage of the store, most requests for
// what was made in it would reach the service until it leaves the memory.
type storeAgain struct {
	mu      sync.Mutex
	running int
	tried   *lru.Cache[cache.Key, time.Time] // when each variant was tried last
}

func newStoreAgain() *storeAgain {
	return &storeAgain{tried: lru.New[cache.Key, time.Time](storesAgainTracked, nil)}
}

// begin reports whether to try a variant now. If so, end has to be called.
func (a *storeAgain) begin(k cache.Key) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	last, _ := a.tried.Get(k)
	if a.running == storesAgainAtOnce || time.Since(last) < briefAge {
		return false
	}
	a.running++
	a.tried.Add(k, time.Now())
	return true
}

func (a *storeAgain) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running--
}

// storeLater puts a variant into the store that is only in memory, in the background and now and then, when requests
// show that it is in use. The original is looked at before, as the variant may be answered unchecked while that fails: of an
// original that was deleted, it would land after the second settlement. As after a fill, it is looked at again.
func (s *Server) storeLater(ctx context.Context, k cache.Key, v *cache.Variant) {
	if s.store == nil || !s.again.begin(k) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	s.background.Go(func() {
		defer s.again.end()
		ctx, cancel := context.WithTimeout(ctx, 3*storeTimeout)
		defer cancel()
		stored := *v
		stored.Unstored = false
		began := s.memory.Begin()
		seen, err := s.fresh.Look(ctx, k.Original)
		if err != nil || s.compare(ctx, k.Original, v.OriginalETag, seen) != current {
			return
		}
		if s.store.Put(ctx, k, &stored) != nil { // the fill has reported why
			return
		}
		s.hold(k, &stored, began)
		put := map[string]*cache.Variant{k.Transform: &stored}
		t, err := resize.ParseTransform(k.Transform)
		if s.verify(ctx, k.Original, put) == current && err == nil && stored.Draft {
			s.wantFinal(k, t)
		}
	})
}
