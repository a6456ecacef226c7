package gif

import (
	"image"
	"image/color"
	"image/draw"
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

// A palette is chosen from colours of every small part of an image, wherever that is and however wide the image.
func TestSampleHasSmallParts(t *testing.T) {
	blue := rgb{20, 80, 230}
	all := func(x, y int) bool { return true }
	for _, width := range []int{512, 610, 1024} {
		m := image.NewNRGBA(image.Rect(0, 0, width, 400))
		for x := 1; x+10 < width; x += 82 {
			part := image.Rect(x, x/3, x+10, x/3+10)
			draw.Draw(m, part, image.NewUniform(color.NRGBA{blue[0], blue[1], blue[2], 255}), image.Point{}, draw.Src)
			if c := takeCensus(m, m.Rect, maxColors, all); !slices.Contains(c.sample, blue) {
				t.Errorf("%d pixels wide: the sample has no pixel of %v", width, part)
			}
			draw.Draw(m, part, image.Transparent, image.Point{}, draw.Src)
		}
	}
}
