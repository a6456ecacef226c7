package server

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/server/originals"
)

// Never is the --revalidate of those who hear of changed originals by events.
const Never time.Duration = -1

const (
	statTimeout     = 2 * time.Second // then a picture that we hold is served as it is
	statBackoff     = 5 * time.Second // how long originals that did not answer are left in peace
	sightingsOfKeys = 1 << 16         // about 10 MB
)

// A freshness knows how an original looked when it was last seen, and looks again when that is too long ago.
// One look serves all variants of the original and all who ask meanwhile.
type freshness struct {
	originals originals.Source
	window    time.Duration // that a look is good for, or Never
	timeout   time.Duration // of a look

	looks singleflight.Group

	mu       sync.Mutex
	seen     *lru.Cache[string, sighting]
	outUntil time.Time // originals don't answer, until then nobody asks
}

type sighting struct {
	etag string // "" when the original was gone
	at   time.Time
}

func newFreshness(originals originals.Source, window, timeout time.Duration) *freshness {
	seen := lru.New[string, sighting](sightingsOfKeys, nil)
	return &freshness{originals: originals, window: window, timeout: timeout, seen: seen}
}

// A verdict says what became of the original that a variant was made from.
type verdict int

const (
	current verdict = iota // as far as is known
	changed
	gone
)

// Check compares the ETag of the original that a variant was made from with how the original looks now.
// Originals that don't answer leave the variant as good as it was.
func (f *freshness) Check(ctx context.Context, key, etag string) (verdict, error) {
	if f.window == Never {
		return current, nil
	}
	now, err := f.etag(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return gone, nil
	case err != nil:
		return current, err
	case now != etag:
		return changed, nil
	}
	return current, nil
}

var errOut = errors.New("originals did not answer a moment ago")

// etag returns the original's ETag from a look that is not older than the window.
func (f *freshness) etag(ctx context.Context, key string) (string, error) {
	now := time.Now()
	f.mu.Lock()
	s, ok := f.seen.Get(key)
	out := now.Before(f.outUntil)
	f.mu.Unlock()
	switch {
	case ok && now.Sub(s.at) < f.window:
		return s.value()
	case out:
		return "", errOut
	}
	if f.window == 0 {
		// Whoever asks now may know of a change since a look that is under way began.
		s, err := f.Look(ctx, key)
		if err != nil {
			return "", err
		}
		return s.value()
	}
	done := f.looks.DoChan(key, func() (any, error) { return f.Look(context.WithoutCancel(ctx), key) })
	select {
	case r := <-done:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(sighting).value()
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (s sighting) value() (string, error) {
	if s.etag == "" {
		return "", fs.ErrNotExist
	}
	return s.etag, nil
}

// Look stats the original, whatever is known of it.
func (f *freshness) Look(ctx context.Context, key string) (sighting, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	s := sighting{at: time.Now()} // before the look: what changes during it may not have been seen
	info, err := f.originals.Stat(ctx, key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if !errors.Is(err, context.Canceled) {
			f.mu.Lock()
			f.outUntil = time.Now().Add(statBackoff)
			f.mu.Unlock()
		}
		return sighting{}, err
	}
	s.etag = info.ETag
	f.saw(key, s)
	return s, nil
}

// saw keeps a sighting, unless a later one is known.
func (f *freshness) saw(key string, s sighting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outUntil = time.Time{}
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
