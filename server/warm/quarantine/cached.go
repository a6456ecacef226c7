package quarantine

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cache/lru"
)

const (
	reasonsKept = 1 << 14
	// reasonGood is how long an answer of the quarantine is good for. Another process may put an original there,
	// or release it; the worst that comes of not knowing is a decode in vain, or a refusal for a minute.
	reasonGood = time.Minute
)

// Cached is a quarantine that remembers what it was asked, so that whoever is about to decode an original can
// ask each time.
type Cached struct {
	Store
	log *slog.Logger

	mu   sync.Mutex
	seen *lru.Cache[string, remembered]
}

type remembered struct {
	c   Case
	err error // matches fs.ErrNotExist when there is none
	at  time.Time
}

// NewCached returns q with a memory. log may be nil.
func NewCached(q Store, log *slog.Logger) *Cached {
	seen := lru.New[string, remembered](reasonsKept, nil)
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Cached{Store: q, log: log, seen: seen}
}

// Put implements [Store].
func (r *Cached) Put(ctx context.Context, c Case) error {
	if err := r.Store.Put(ctx, c); err != nil {
		return err
	}
	r.remember(c.Original, remembered{c: c, at: time.Now()})
	return nil
}

// Release implements [Store].
func (r *Cached) Release(ctx context.Context, original string) error {
	defer r.forget(original)
	return r.Store.Release(ctx, original)
}

// Reason tells whether the original is set aside for good in the state that has this ETag, and the error that
// decoding it then ended with. What every try failed on without a fault of its own is not: the next may work.
func (r *Cached) Reason(ctx context.Context, original, etag string) (string, bool, error) {
	c, err := r.find(ctx, original, etag)
	return c.Error, c.Original != "", err
}

// Fault is Reason as an error that matches what the decode ended with: [resize.ErrCorrupt],
// [resize.ErrUnsupported] or [resize.ErrTooLarge]. It is nil when there is none, and when the quarantine does not
// answer: then the decode will tell.
func (r *Cached) Fault(ctx context.Context, original, etag string) error {
	c, err := r.find(ctx, original, etag)
	if err != nil {
		r.log.WarnContext(ctx, "quarantine does not answer", "original", original, "err", err)
	}
	return c.Reason.fault(c.Error)
}

// find returns the case of an original in this state, the zero Case when there is none.
func (r *Cached) find(ctx context.Context, original, etag string) (Case, error) {
	c, err := r.get(ctx, original)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && (c.ETag != etag || c.Reason == Exhausted):
		return Case{}, nil
	case err != nil:
		return Case{}, err
	}
	return c, nil
}

// get returns the case of an original from memory, else from the quarantine.
func (r *Cached) get(ctx context.Context, original string) (Case, error) {
	r.mu.Lock()
	known, ok := r.seen.Get(original)
	r.mu.Unlock()
	if ok && time.Since(known.at) < reasonGood {
		return known.c, known.err
	}
	began := time.Now()
	c, err := r.Store.Get(ctx, original)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		r.remember(original, remembered{c, err, began})
	}
	return c, err
}

// remember keeps what was seen, unless something newer is known.
func (r *Cached) remember(original string, one remembered) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.seen.Peek(original); ok && known.at.After(one.at) {
		return
	}
	r.seen.Add(original, one)
}

func (r *Cached) forget(original string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.Remove(original)
}
