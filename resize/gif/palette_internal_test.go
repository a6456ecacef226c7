package gif

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNearest compares with a look at all colours.
func TestNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	random := func() rgb { return rgb{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32())} }
	for _, n := range []int{1, 2, 17, 255} {
		var colors []rgb
		for range n {
			colors = append(colors, random())
		}
		p := newPalette(colors)
		for range 5000 {
			c, least := random(), 1<<30
			for _, candidate := range colors {
				least = min(least, distance(candidate, c))
			}
			if got := distance(p.colors[p.nearest(c)], c); got != least {
				t.Fatalf("%d colours, %v: got one at %d, the nearest is at %d", n, c, got, least)
			}
		}
	}
}

// TestCutColors checks that more boxes make the error less, and so does refining them.
func TestCutColors(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var sample []rgb
	for range 4000 {
		x, y := r.NormFloat64(), r.NormFloat64()
		level := func(v float64) uint8 { return uint8(min(max(128+v, 0), 255)) }
		sample = append(sample, rgb{level(40 * x), level(30*x + 10*y), level(60 * y)})
	}
	last := 1 << 40
	for _, n := range []int{1, 4, 32, 255} {
		colors := cutColors(slices.Clone(sample), n)
		p := newPalette(colors)
		plain, refined := p.errorOf(sample), p.refined(sample).errorOf(sample)
		if len(colors) != n || plain >= last || refined > plain {
			t.Errorf("%d colours: got %d, an error of %d, then %d; before %d", n, len(colors), plain, refined, last)
		}
		last = plain
	}
}
