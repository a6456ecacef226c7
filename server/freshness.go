package server

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/server/originals"
)

// Never is the [Config.Revalidate] of a process that receives an event for every change of an original.
const Never time.Duration = -1

const (
	statTimeout  = 2 * time.Second // of a look; after it, a kept variant is served unchecked
	statBackoff  = 5 * time.Second // without looks, after one that failed
	maxSightings = 1 << 16         // about 10 MB
)

// A freshness knows the ETag that each original had when it was last looked at, and looks again when that is too long
// ago. A look serves all variants of the original and all requests that ask meanwhile.
type freshness struct {
	originals guardedOriginals
	window    time.Duration // how long a look is good for, or Never
	timeout   time.Duration // of a look

	looks singleflight.Group

	mu           sync.Mutex
	seen         *lru.Cache[string, sighting]
	backoffUntil map[string]time.Time // by prefix of a source: no looks before, because the last one failed
}

// guardedOriginals is implemented by [originals.Guarded].
type guardedOriginals interface {
	originals.Source
	Prefix(key string) string
}

// A sighting is what a look found.
type sighting struct {
	etag string // "" if there was no original
	at   time.Time
}

// value returns the ETag, or [fs.ErrNotExist] if there was no original.
func (s sighting) value() (string, error) {
	if s.etag == "" {
		return "", fs.ErrNotExist
	}
	return s.etag, nil
}

func newFreshness(source guardedOriginals, window, timeout time.Duration) *freshness {
	return &freshness{
		originals: source, window: window, timeout: timeout, seen: lru.New[string, sighting](maxSightings, nil),
		backoffUntil: make(map[string]time.Time),
	}
}

// A verdict says what became of the original that a variant was made from.
type verdict int

const (
	current    verdict = iota // as far as is known
	changed                   // the original has another ETag now
	gone                      // there is no such original
	unverified                // the original could not be looked at
)

// Check compares the ETag of the original that a variant was made from with the original's present ETag, which it
// returns. If that can't be had, the variant is as good as it was: the verdict is current, with an error.
//
// A variant is never condemned by what an earlier look found: it may be of a newer state, which another process has
// seen. Only a look that begins now decides.
func (f *freshness) Check(ctx context.Context, key, etag string) (v verdict, now string, err error) {
	if f.window == Never {
		return current, "", nil
	}
	began := time.Now()
	s, err := f.recent(ctx, key, began)
	if err == nil && s.etag != etag && s.at.Before(began) {
		s, err = f.Look(ctx, key)
	}
	switch {
	case err != nil:
		return current, "", err
	case s.etag == "":
		return gone, "", nil
	case s.etag != etag:
		return changed, s.etag, nil
	}
	return current, s.etag, nil
}

// errBackoff is the error of a check while there are no looks.
var errBackoff = errors.New("originals did not answer a moment ago")

// recent returns a sighting of the original that is within the window.
func (f *freshness) recent(ctx context.Context, key string, now time.Time) (sighting, error) {
	f.mu.Lock()
	s, ok := f.seen.Get(key)
	isBackingOff := now.Before(f.backoffUntil[f.originals.Prefix(key)])
	f.mu.Unlock()
	switch {
	case ok && now.Sub(s.at) < f.window:
		return s, nil
	case isBackingOff:
		return sighting{}, errBackoff
	case f.window == 0:
		// A look that is under way may have begun before the change that this request knows of: it can't be shared.
		return f.Look(ctx, key)
	}
	done := f.looks.DoChan(key, func() (any, error) { return f.Look(context.WithoutCancel(ctx), key) })
	waiting, cancel := context.WithTimeout(ctx, 2*f.timeout) // for a source that passes over the end of its context
	defer cancel()
	select {
	case r := <-done:
		if r.Err != nil {
			return sighting{}, r.Err
		}
		return r.Val.(sighting), nil
	case <-waiting.Done():
		return sighting{}, waiting.Err()
	}
}

// Look stats the original, whatever is known of it.
func (f *freshness) Look(ctx context.Context, key string) (sighting, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	s := sighting{at: time.Now()} // before the look, which may miss a change that happens during it
	info, err := f.originals.Stat(ctx, key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if bucket.IsOutage(err) {
			f.mu.Lock()
			f.backoffUntil[f.originals.Prefix(key)] = time.Now().Add(statBackoff)
			f.mu.Unlock()
		}
		return sighting{}, err
	}
	s.etag = info.ETag
	f.saw(key, s)
	return s, nil
}

// saw records a sighting, unless a later one is known.
func (f *freshness) saw(key string, s sighting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.backoffUntil, f.originals.Prefix(key))
	if known, ok := f.seen.Peek(key); ok && known.at.After(s.at) {
		return
	}
	f.seen.Add(key, s)
}

// Forget makes the next check look.
func (f *freshness) Forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen.Remove(key)
}
