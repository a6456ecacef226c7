package plan

import (
	"math/rand/v2"
	"testing"
)

// A table does what a map does, while it grows and when half of it is deleted.
func TestTable(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var got table[int]
	want := make(map[uint64]int)
	for i := range 200000 {
		key := random.Uint64N(60000) // 0 too, and keys that differ in their last bits only
		if key == 1 {
			key = 2 // 0 stands for it
		}
		v, isNew := got.at(key)
		if _, known := want[key]; isNew == known || *v != want[key] {
			t.Fatalf("value %d of %d: got %d, new %t, want %d", i, key, *v, isNew, want[key])
		}
		*v += 1 + i%3
		want[key] += 1 + i%3
		if i == 150000 {
			got.keep(func(v *int) bool { return *v%2 == 0 })
			for key, v := range want {
				if v%2 != 0 {
					delete(want, key)
				}
			}
		}
	}
	sum, n := 0, 0
	for v := range got.all {
		sum, n = sum+*v, n+1
	}
	for _, v := range want {
		sum -= v
	}
	if sum != 0 || n != len(want) || got.n != n {
		t.Errorf("got %d values, %d counted, and %d too much in them, want %d", n, got.n, sum, len(want))
	}
}
