package jpeg

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// The choice costs as little as the best of all subsets.
func TestChoose(t *testing.T) {
	steps := quant.Of(80)
	q := newQuantiser(divisors(&steps[0], 1, 1), thorough.deadZone)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 400 {
		b, p := wholeBand, lumaPrices
		if i%3 == 1 {
			b, p = band{ss: 3, se: 63}, highPrices
		}
		var s spectrum
		set := uint64(0)
		for k := range 64 {
			s.set(spectrumOffsets[k], 0)
		}
		for range 1 + r.IntN(8) {
			k := b.ss + r.IntN(64-b.ss)
			s.set(spectrumOffsets[k], int32(8*int(steps[0][zigzag[k]])*(138+r.IntN(400))/256*(1-2*r.IntN(2))))
			set |= 1 << k
		}
		set &= q.nonzero(&s)
		before := s
		got := q.choose(&s, set, b, p)
		if got&^set != 0 {
			t.Fatalf("chose %x of %x", got, set)
		}
		least := int32(1 << 30)
		for subset := set; ; subset = (subset - 1) & set {
			least = min(least, costOf(q, before, set, subset, b, p))
			if subset == 0 {
				break
			}
		}
		if cost := costOf(q, before, set, got, b, p); cost != least {
			t.Fatalf("%d values: chose %x at a cost of %d, the least is %d", bits.OnesCount64(set), got, cost, least)
		}
	}
}

// costOf returns what a subset of the coefficients costs, with the error of those that are dropped.
func costOf(q *quantiser, s spectrum, set, subset uint64, b band, p *prices) (cost int32) {
	last := b.ss - 1
	for k := range 64 {
		if set>>k&1 == 0 {
			continue
		}
		keeping, dropping := q.keep(&s, k, p)
		if subset>>k&1 == 0 {
			cost += dropping
			continue
		}
		cost += keeping + p.zero*int32(k-last-1)
		last = k
	}
	switch {
	case subset == 0:
		cost += p.empty
	case last < b.se:
		cost += p.end
	}
	return cost
}
