// Package lru constructs the caches of this module that forget the entry which was used longest ago. They are those of
// github.com/hashicorp/golang-lru/v2/simplelru; their sizes are constants, so the constructor returns no error.
//
//	seen := lru.New[string, time.Time](1<<16, nil)
//	seen.Add("cat.jpg", time.Now())
//
// Why simplelru and not golang-lru's expirable? The goroutine of expirable never ends in v2.0.7.
package lru

import (
	"fmt"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Cache keeps the entries that were used last.
//
//   - It is not safe for concurrent use. Its owners guard more than the cache with their mutex, such as a count, or a
//     look at the old entry before it is replaced: golang-lru's own lru.Cache would be a second mutex inside that one.
//   - Add on a key that is held replaces the entry and does not call evicted; where that counts, call Remove first.
type Cache[K comparable, V any] = simplelru.LRU[K, V]

// Unbounded is a number of entries for a cache whose owner evicts, because it counts something else, such as bytes.
const Unbounded = 1<<31 - 1

// New returns a cache of at most so many entries. It calls evicted, which may be nil, for every entry that leaves it.
// New panics if entries is less than one.
func New[K comparable, V any](entries int, evicted func(K, V)) *Cache[K, V] {
	cache, err := simplelru.NewLRU(entries, evicted)
	if err != nil {
		panic(fmt.Sprintf("lru: %d entries: %v", entries, err))
	}
	return cache
}
