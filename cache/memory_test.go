package cache

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

func variant(n int) *Variant {
	body := make([]byte, n)
	return &Variant{Body: body, MediaType: "image/jpeg", ETag: ETag(body), OriginalETag: `"o"`}
}

// After any sequence of puts, gets and drops, Bytes is the cost of the variants held, and never above the budget.
func TestMemoryCountsBytes(t *testing.T) {
	const budget = 20_000
	m := NewMemory(budget)
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		k := Key{fmt.Sprint("image-", r.IntN(12)), fmt.Sprintf("w=%d.auto", r.IntN(6))}
		switch r.IntN(10) {
		case 0:
			m.Drop(k.Original)
			for w := range 6 {
				if _, ok := m.Get(Key{k.Original, fmt.Sprintf("w=%d.auto", w)}); ok {
					t.Fatalf("a variant of %s is held after its drop", k.Original)
				}
			}
		case 1, 2:
			m.Get(k)
		default:
			v := variant(r.IntN(3000))
			if m.Put(k, v, m.Begin()); cost(k, v) <= budget {
				if got, ok := m.Get(k); !ok || got != v {
					t.Fatalf("%v is not held after its put", k)
				}
			}
		}
		var want int64
		held := 0
		for _, k := range m.lru.Keys() {
			v, _ := m.lru.Peek(k)
			want += cost(k, v)
			if _, ok := m.of[k.Original][k.Transform]; !ok {
				t.Fatalf("%v is held, and not listed under its original", k)
			}
		}
		for original, transforms := range m.of {
			if held += len(transforms); len(transforms) == 0 {
				t.Fatalf("%s is listed, and has no variant", original)
			}
		}
		if got := m.Bytes(); got != want || got > budget || held != m.Len() {
			t.Fatalf("got %d bytes and %d names, want %d bytes of %d names, at most %d", got, held, want, m.Len(), budget)
		}
	}
}

func TestMemoryEvictsTheLeastRecentlyUsed(t *testing.T) {
	m := NewMemory(3 * (1000 + entryOverhead + 10))
	for _, name := range []string{"a", "b", "c"} {
		m.Put(Key{name, "full.auto"}, variant(990), m.Begin())
	}
	m.Get(Key{"a", "full.auto"})
	m.Put(Key{"d", "full.auto"}, variant(990), m.Begin())
	for name, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if _, got := m.Get(Key{name, "full.auto"}); got != want {
			t.Errorf("%s: held %t, want %t", name, got, want)
		}
	}
}

func TestMemoryRefusesAVariantLargerThanItself(t *testing.T) {
	m := NewMemory(10_000)
	k, other := Key{"a", "full.auto"}, Key{"b", "full.auto"}
	m.Put(k, variant(100), m.Begin())
	m.Put(other, variant(100), m.Begin())
	m.Put(k, variant(10_000), m.Begin()) // the old variant is stale then, and must not stay
	if _, ok := m.Get(k); ok {
		t.Error("the larger variant, or the one that it replaced, is held")
	}
	if _, ok := m.Get(other); !ok || m.Len() != 1 {
		t.Errorf("the other key: held %t, of %d variants, want it alone", ok, m.Len())
	}
	none := NewMemory(0)
	none.Put(k, variant(0), none.Begin())
	if none.Len() != 0 {
		t.Error("a memory of no bytes holds something")
	}
}

func TestMemoryGetDoesNotAllocate(t *testing.T) {
	m := NewMemory(10_000)
	k := Key{"a", "full.auto"}
	m.Put(k, variant(100), m.Begin())
	if got := testing.AllocsPerRun(100, func() { m.Get(k) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

// A body that is a small part of a large array costs the whole array, which it keeps from being freed.
func TestMemoryCountsTheCapacityOfABody(t *testing.T) {
	m := NewMemory(100_000)
	m.Put(Key{"a", "full.auto"}, &Variant{Body: make([]byte, 10, 50_000)}, m.Begin())
	if got := m.Bytes(); got < 50_000 {
		t.Errorf("got %d bytes, want 50,000 and more", got)
	}
}

// A read or fill that began before its original was dropped may be of the old bytes: it is not held.
func TestMemoryRefusesWhatADropOvertook(t *testing.T) {
	m := NewMemory(1 << 20)
	k, other := Key{"a", "full.auto"}, Key{"b", "full.auto"}
	began := m.Begin()
	m.Drop("a")
	m.Put(k, variant(10), began)
	m.Put(other, variant(10), began)
	if _, ok := m.Get(k); ok {
		t.Error("a variant that a drop overtook is held")
	}
	if _, ok := m.Get(other); !ok {
		t.Error("a variant of an original that was not dropped is not held")
	}
	m.Put(k, variant(10), m.Begin())
	if _, ok := m.Get(k); !ok {
		t.Error("a variant that was read after the drop is not held")
	}

	began = m.Begin()
	m.DropStale("b", "x")
	m.Put(other, variant(10), began)
	if _, ok := m.Get(other); ok {
		t.Error("a variant that a drop of stale variants overtook is held")
	}

	began = m.Begin()
	for i := range maxDrops + 1 { // the drop of the first is forgotten
		m.Drop(strconv.Itoa(i))
	}
	m.Put(Key{"0", "full.auto"}, variant(10), began)
	if _, ok := m.Get(Key{"0", "full.auto"}); ok {
		t.Error("a variant is held although a drop that is forgotten overtook it")
	}
}

func TestMemoryDropStale(t *testing.T) {
	m := NewMemory(1 << 20)
	for transform, etag := range map[string]string{"w=1.webp": "old", "w=2.webp": "new"} {
		v := variant(10)
		v.OriginalETag = etag
		m.Put(Key{"a", transform}, v, m.Begin())
	}
	m.DropStale("a", "new")
	if _, ok := m.Get(Key{"a", "w=1.webp"}); ok {
		t.Error("the stale variant is held")
	}
	if _, ok := m.Get(Key{"a", "w=2.webp"}); !ok {
		t.Error("the current variant is not held")
	}
}

// Remove takes away a variant, and not the one that replaced it.
func TestMemoryRemove(t *testing.T) {
	m := NewMemory(1 << 20)
	k, first, second := Key{"a", "w=1.webp"}, variant(10), variant(20)
	m.Put(k, first, m.Begin())
	m.Put(k, second, m.Begin())
	m.Remove(k, first)
	if got, _ := m.Get(k); got != second {
		t.Error("the second variant was removed with the first")
	}
	m.Remove(k, second)
	if _, ok := m.Get(k); ok {
		t.Error("the second variant is held")
	}
}
