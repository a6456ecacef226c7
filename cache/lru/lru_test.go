package lru_test

import (
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/cache/lru"
)

func TestNew(t *testing.T) {
	var evicted []string
	cache := lru.New(2, func(key string, value int) { evicted = append(evicted, key) })
	cache.Add("a", 1)
	cache.Add("b", 2)
	cache.Get("a")
	cache.Add("c", 3) // b was used longest ago
	if got, want := cache.Keys(), []string{"a", "c"}; !slices.Equal(got, want) {
		t.Errorf("got keys %v, want %v", got, want)
	}
	cache.Add("a", 4) // replaces without a call of evicted
	cache.Remove("a")
	if want := []string{"b", "a"}; !slices.Equal(evicted, want) {
		t.Errorf("got %v evicted, want %v", evicted, want)
	}
}

func TestNewUnbounded(t *testing.T) {
	cache := lru.New[int, int](lru.Unbounded, nil)
	for i := range 10_000 {
		cache.Add(i, i)
	}
	if cache.Len() != 10_000 {
		t.Errorf("got %d entries, want all", cache.Len())
	}
}

func TestNewPanicsWithoutEntries(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic")
		}
	}()
	lru.New[int, int](0, nil)
}
