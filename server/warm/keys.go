package warm

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/imgorigin/imgorigin/cache/lru"
	"github.com/imgorigin/imgorigin/server/warm/s3event"
)

// settledKeys is the number of originals whose last settlement is remembered. They take about 10 MB.
const settledKeys = 1 << 16

// keys lets goroutines work on an original one after the other, and remembers how it was settled last.
type keys struct {
	ticks atomic.Int64 // a logical clock

	mu      sync.Mutex
	turns   map[string]*turn
	settled *lru.Cache[string, settled]
}

// turn is the lock of one key. It is deleted when no goroutine holds it or waits for it.
type turn struct {
	held  chan struct{} // has an element while the lock is held
	users int           // goroutines that hold the lock or wait for it
}

// settled is how an original was settled last. The zero value stands for an original of which that is not known.
type settled struct {
	began     int64  // tick before its ETag was read
	etag      string // "" when it was gone
	sequencer s3event.Sequencer
}

func newKeys() *keys {
	return &keys{turns: make(map[string]*turn), settled: lru.New[string, settled](settledKeys, nil)}
}

// Tick returns a number greater than all that it returned before.
func (k *keys) Tick() int64 { return k.ticks.Add(1) }

// Enter waits for the key's turn, which lasts until leave is called.
func (k *keys) Enter(ctx context.Context, key string) (leave func(), err error) {
	k.mu.Lock()
	t := k.turns[key]
	if t == nil {
		t = &turn{held: make(chan struct{}, 1)}
		k.turns[key] = t
	}
	t.users++
	k.mu.Unlock()
	done := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(k.turns, key)
		}
	}
	select {
	case t.held <- struct{}{}:
		return func() { <-t.held; done() }, nil
	case <-ctx.Done():
		done()
		return nil, ctx.Err()
	}
}

// Last returns how the key was settled last. It stays valid during the key's turn.
func (k *keys) Last(key string) settled {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, _ := k.settled.Get(key)
	return s
}

// Settle remembers how the key was settled. The sequencer never goes back.
func (k *keys) Settle(key string, s settled) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, ok := k.settled.Peek(key); ok && last.sequencer.After(s.sequencer) {
		s.sequencer = last.sequencer
	}
	k.settled.Add(key, s)
}

// Forget forgets how the key was settled.
func (k *keys) Forget(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.settled.Remove(key)
}
