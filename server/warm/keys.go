package warm

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// keysKnown is of how many originals the last state is known: about 10 MB.
const keysKnown = 1 << 16

// keys makes works on one original take turns, and knows how the last one left it.
type keys struct {
	ticks atomic.Int64 // a clock that only tells before from after

	mu    sync.Mutex
	turns map[string]*turn
	known *lru.Cache[string, settled]
}

// turn is the lock of one key, which goes away with the last who wants it.
type turn struct {
	free  chan struct{}
	wants int
}

// settled is how an original was left. Nothing is known of an original with the zero one.
type settled struct {
	began     int64  // tick before its ETag was looked at
	etag      string // "" when it was gone
	sequencer s3event.Sequencer
}

func newKeys() *keys {
	known := lru.New[string, settled](keysKnown, nil)
	return &keys{turns: make(map[string]*turn), known: known}
}

// Tick returns a number greater than all before.
func (k *keys) Tick() int64 { return k.ticks.Add(1) }

// Enter waits until nobody else works on the key.
func (k *keys) Enter(ctx context.Context, key string) (leave func(), err error) {
	k.mu.Lock()
	t := k.turns[key]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		k.turns[key] = t
	}
	t.wants++
	k.mu.Unlock()
	done := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if t.wants--; t.wants == 0 {
			delete(k.turns, key)
		}
	}
	select {
	case t.free <- struct{}{}:
		return func() { <-t.free; done() }, nil
	case <-ctx.Done():
		done()
		return nil, ctx.Err()
	}
}

// Known returns how the key was left. Only who has entered may rely on it.
func (k *keys) Known(key string) settled {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, _ := k.known.Get(key)
	return s
}

// Settle keeps how the key is left.
func (k *keys) Settle(key string, s settled) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, ok := k.known.Peek(key); ok && last.sequencer.After(s.sequencer) {
		s.sequencer = last.sequencer
	}
	k.known.Add(key, s)
}

// Forget makes the key one of which nothing is known.
func (k *keys) Forget(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known.Remove(key)
}
