package cache

import (
	"sync"

	"github.com/imgorigin/imgorigin/cache/lru"
)

// entryOverhead is the number of bytes that a variant takes in memory beyond its body and its key: map cells, the
// list element, ETags. It was measured as 405 bytes for an original with twelve variants and 649 for one with a single
// variant.
const entryOverhead = 640

// Memory keeps the variants that were used last, up to a number of bytes. Bodies that are in use count too, such as one
// that is sent to a slow client: they are in memory whether or not their variant is still held. It is safe for concurrent
// use.
type Memory struct {
	budget int64 // bytes

	mu    sync.Mutex
	lru   *lru.Cache[Key, *Variant]      // it counts entries and not bytes, so Memory evicts
	of    map[string]map[string]struct{} // the transforms held, by original
	bytes int64                          // the sum of the costs of the entries in lru, and apart

	uses  map[*Variant]use
	apart int64 // bytes in use and not in lru, and reserved bytes

	clock   Token                     // grows with every drop
	drops   *lru.Cache[string, Token] // the last drop of each original, of the latest maxDrops
	horizon Token                     // at least the last drop of every original that drops has no more
}

// maxDrops is the number of originals whose last drop is remembered. Reads and fills that take longer than so many
// drops are not held.
const maxDrops = 1 << 14

// A Token is the time of a [Memory] at which a variant began to be read or made.
type Token uint64

// NewMemory returns an empty memory of at most so many bytes. One of 0 bytes holds nothing.
func NewMemory(bytes int64) *Memory {
	m := &Memory{budget: bytes, of: make(map[string]map[string]struct{}), uses: make(map[*Variant]use)}
	m.lru = lru.New(lru.Unbounded, m.evicted)
	m.drops = lru.New(maxDrops, func(_ string, at Token) { m.horizon = max(m.horizon, at) })
	return m
}

// Get returns the variant named k and true when it is held. It does not allocate.
func (m *Memory) Get(k Key) (*Variant, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lru.Get(k)
}

// Begin returns a token for the Put of a variant that is about to be read or made. A Put is ignored if its original was
// dropped since then: a slow read that a drop has overtaken must not bring the old variant back.
func (m *Memory) Begin() Token {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.clock
}

// Put holds v under k, replaces the variant that was there, and evicts the variants that were used longest ago to make
// room. A variant larger than the whole budget is not held, and the one that it should replace is no longer held. See
// Begin for began.
func (m *Memory) Put(k Key, v *Variant, began Token) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.drops.Peek(k.Original); ok && last > began || m.horizon > began {
		return
	}
	m.lru.Remove(k) // Add on a held key would skip the eviction callback
	if cost(k, v) > m.budget {
		return
	}
	m.lru.Add(k, v)
	if u, ok := m.uses[v]; ok && u.isApart {
		u.isApart = false
		m.uses[v] = u
		m.apart -= u.cost
	} else {
		m.bytes += cost(k, v)
	}
	held := m.of[k.Original]
	if held == nil {
		held = make(map[string]struct{}, 1)
		m.of[k.Original] = held
	}
	held[k.Transform] = struct{}{}
	m.evict()
}

// evict evicts variants until the budget is kept, or none is left.
func (m *Memory) evict() {
	for m.bytes > m.budget && m.lru.Len() > 0 {
		m.lru.RemoveOldest()
	}
}

// Drop evicts every variant of an original. The time that it takes depends on these alone, not on how many
// others are held.
func (m *Memory) Drop(original string) { m.drop(original, func(*Variant) bool { return true }) }

// DropStale evicts those variants of an original that were made from another state of it than the one with this ETag.
func (m *Memory) DropStale(original, etag string) {
	m.drop(original, func(v *Variant) bool { return v.OriginalETag != etag })
}

func (m *Memory) drop(original string, isDoomed func(*Variant) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock++
	m.drops.Add(original, m.clock)
	for transform := range m.of[original] {
		k := Key{original, transform}
		if v, ok := m.lru.Peek(k); ok && isDoomed(v) {
			m.lru.Remove(k)
		}
	}
}

// Remove evicts v if it is held under k.
func (m *Memory) Remove(k Key, v *Variant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held, ok := m.lru.Peek(k); ok && held == v {
		m.lru.Remove(k)
	}
}

// Bytes returns the number of bytes in use. It is at most the budget, unless bodies that are in use and not held take more.
func (m *Memory) Bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bytes
}

// Len returns the number of variants held.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lru.Len()
}

// evicted accounts for an entry that leaves the LRU, which calls it under m.mu.
func (m *Memory) evicted(k Key, v *Variant) {
	if u, ok := m.uses[v]; ok {
		u.isApart = true
		m.uses[v] = u
		m.apart += u.cost
	} else {
		m.bytes -= cost(k, v)
	}
	held := m.of[k.Original]
	delete(held, k.Transform)
	if len(held) == 0 {
		delete(m.of, k.Original)
	}
}

// cost returns the number of bytes that a variant keeps from being freed. It counts the capacity of the body, which
// may be a small part of a large array.
func cost(k Key, v *Variant) int64 {
	return int64(cap(v.Body)) + int64(len(k.Original)+len(k.Transform)) + entryOverhead
}
