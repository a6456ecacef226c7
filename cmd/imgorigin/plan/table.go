package plan

import "math/rand/v2"

// A table holds values by hashes, in place: finding one waits for memory once, and as values have no pointers, millions of them
// are nothing to the garbage collector. A pointer to a value is valid until the next one is added.
type table[V any] struct {
	slots []slot[V] // a power of two of them, at most three quarters in use
	n     int
	seed  uint64 // nobody can choose keys whose values crowd one place
}

// A slot is free if its hash is 0.
type slot[V any] struct {
	hash  uint64
	value V
}

const leastSlots = 1 << 10

// at returns the value of a hash. It is zero if the table did not have it.
func (t *table[V]) at(hash uint64) (v *V, isNew bool) {
	if t.slots == nil {
		t.seed = rand.Uint64()
	}
	if 4*t.n >= 3*len(t.slots) {
		t.rebuild(max(leastSlots, 2*len(t.slots)), func(*V) bool { return true })
	}
	s := t.find(hash)
	if isNew = s.hash == 0; isNew {
		s.hash = max(hash, 1)
		t.n++
	}
	return &s.value, isNew
}

// find returns the slot of a hash, or the free one that it goes to.
func (t *table[V]) find(hash uint64) *slot[V] {
	hash = max(hash, 1)
	last := uint64(len(t.slots) - 1)
	for i := mix(hash, t.seed); ; i++ {
		if s := &t.slots[i&last]; s.hash == hash || s.hash == 0 {
			return s
		}
	}
}

// keep deletes the values that isKept is false for, about half of them.
func (t *table[V]) keep(isKept func(*V) bool) {
	n := 0
	for v := range t.all {
		if isKept(v) {
			n++
		}
	}
	slots := leastSlots
	for 4*n >= 3*slots {
		slots *= 2
	}
	t.rebuild(slots, isKept)
}

func (t *table[V]) rebuild(slots int, isKept func(*V) bool) {
	old := t.slots
	t.slots, t.n = make([]slot[V], slots), 0
	for i := range old {
		if s := &old[i]; s.hash != 0 && isKept(&s.value) {
			*t.find(s.hash) = *s
			t.n++
		}
	}
}

// all yields the values.
func (t *table[V]) all(yield func(*V) bool) {
	for i := range t.slots {
		if s := &t.slots[i]; s.hash != 0 && !yield(&s.value) {
			return
		}
	}
}
