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
	// cachedCases bounds the memory of a Cached: it remembers this many originals.
	cachedCases = 1 << 14

	// cachedFor is how long an answer of the store is used without asking again. Meanwhile another process may
	// quarantine the original, which costs a decode in vain, or release it, which costs refusals until then.
	cachedFor = time.Minute
)

// A Cached is a [Store] with a cache in front, so that every decode can ask first whether it will fail.
type Cached struct {
	Store
	log *slog.Logger

	mu      sync.Mutex
	answers *lru.Cache[string, answer] // by original
}

// answer is what the store returned about an original.
type answer struct {
	c   Case
	err error // matches fs.ErrNotExist when the original is not in quarantine
	at  time.Time
}

// NewCached returns a cache in front of s. log may be nil.
func NewCached(s Store, log *slog.Logger) *Cached {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Cached{Store: s, log: log, answers: lru.New[string, answer](cachedCases, nil)}
}

// Put implements [Store].
func (c *Cached) Put(ctx context.Context, put Case) error {
	if err := c.Store.Put(ctx, put); err != nil {
		return err
	}
	c.remember(put.Original, answer{c: put, at: time.Now()})
	return nil
}

// Release implements [Store].
func (c *Cached) Release(ctx context.Context, original string) error {
	defer c.forget(original)
	return c.Store.Release(ctx, original)
}

// Outdated removes the case of an original that has this ETag now, or is gone if it is "", unless the case is about that
// state: it was replaced or deleted, or it decodes after all although every attempt had failed once. The case of an
// original that was moved is kept while there is no other original under its key, since the quarantine has the only copy.
func (c *Cached) Outdated(ctx context.Context, original, etag string) error {
	found, err := c.get(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	isMoved := found.Moved && etag == ""
	isCurrent := found.ETag == etag && found.Reason != Exhausted
	if isMoved || isCurrent {
		return nil
	}
	return c.Release(ctx, original)
}

// Confirm makes the table list the case of an original again, if there is a case and a table. An attempt to put the
// original into quarantine may have ended between the two, and the next attempt, in whichever process, finds the case
// and has no reason to put it.
func (c *Cached) Confirm(ctx context.Context, original string) error {
	listed, ok := c.Store.(tableStore)
	if !ok {
		return nil
	}
	found, err := c.get(ctx, original)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return listed.table.put(ctx, found)
}

// DecodeError returns the error that decoding the original with this ETag ends with. It matches [resize.ErrCorrupt],
// [resize.ErrUnsupported] or [resize.ErrTooLarge].
//
// It is nil when the original may decode: when it is not in quarantine, when it changed since, and when it is there
// because every attempt failed ([Exhausted]), as the next attempt may succeed. It is nil, too, when the store does not
// answer, which is logged.
func (c *Cached) DecodeError(ctx context.Context, original, etag string) error {
	found, err := c.get(ctx, original)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		c.log.WarnContext(ctx, "quarantine does not answer", "original", original, "err", err)
		return nil
	case found.ETag != etag:
		return nil
	}
	return found.Reason.decodeError(found.Error)
}

// get returns the case of an original from the cache or, when the answer there is too old, from the store.
func (c *Cached) get(ctx context.Context, original string) (Case, error) {
	c.mu.Lock()
	known, ok := c.answers.Get(original)
	c.mu.Unlock()
	if ok && time.Since(known.at) < cachedFor {
		return known.c, known.err
	}
	requested := time.Now()
	found, err := c.Store.Get(ctx, original)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		c.remember(original, answer{found, err, requested})
	}
	return found, err
}

// remember caches an answer, unless a newer answer is there: a Put may have overtaken a slow Get.
func (c *Cached) remember(original string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.answers.Peek(original); ok && known.at.After(a.at) {
		return
	}
	c.answers.Add(original, a)
}

func (c *Cached) forget(original string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Remove(original)
}
