package gif

import (
	"cmp"
	"image/color"
	"slices"
)

// A palette finds the colour that is nearest to another. It is not empty.
type palette struct {
	colors []rgb      // by green
	from   [256]uint8 // for each level of green, the first colour that has as much, or the last colour
}

func newPalette(colors []rgb) *palette {
	p := &palette{colors: slices.Clone(colors)}
	if len(colors) == 0 {
		p.colors = []rgb{{}}
	}
	slices.SortFunc(p.colors, func(a, b rgb) int {
		return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]), cmp.Compare(a[2], b[2]))
	})
	first := 0
	for level := range p.from {
		for first < len(p.colors)-1 && int(p.colors[first][1]) < level {
			first++
		}
		p.from[level] = uint8(first)
	}
	return p
}

// table returns the colours, and one that is transparent.
func (p *palette) table() color.Palette {
	table := make(color.Palette, 0, len(p.colors)+1)
	for _, c := range p.colors {
		table = append(table, color.NRGBA{c[0], c[1], c[2], 255})
	}
	return append(table, color.NRGBA{})
}

// transparent returns the number of the colour that is transparent.
func (p *palette) transparent() uint8 { return uint8(len(p.colors)) }

// nearest returns the number of the nearest colour. It looks at those with the nearest green first, until their green
// alone is too far away.
func (p *palette) nearest(c rgb) uint8 {
	best, least := 0, 1<<30
	first := int(p.from[c[1]])
	for i := first; i < len(p.colors); i++ {
		if dg := int(p.colors[i][1]) - int(c[1]); greenWeight*dg*dg >= least {
			break
		}
		if d := distance(p.colors[i], c); d < least {
			best, least = i, d
		}
	}
	for i := first - 1; i >= 0; i-- {
		if dg := int(p.colors[i][1]) - int(c[1]); greenWeight*dg*dg >= least {
			break
		}
		if d := distance(p.colors[i], c); d < least {
			best, least = i, d
		}
	}
	return uint8(best)
}

// refined returns a palette whose colours are the means of the colours of a sample that are nearest to those of p,
// which is a round of Lloyd's algorithm. Colours that are nearest to nothing are left out.
func (p *palette) refined(sample []rgb) *palette {
	moments := make([]moment, len(p.colors))
	for _, c := range sample {
		moments[p.nearest(c)].add(c)
	}
	var means []rgb
	for i := range moments {
		if moments[i].n > 0 {
			means = append(means, moments[i].mean())
		}
	}
	return newPalette(means)
}

// errorOf returns the sum of the squares of the distances of colours from those that are nearest to them.
func (p *palette) errorOf(sample []rgb) int {
	sum := 0
	for _, c := range sample {
		sum += distance(c, p.colors[p.nearest(c)])
	}
	return sum
}
