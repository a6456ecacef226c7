package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// A Ladder bounds what strangers can make of one original: what an unsigned URL asks for is snapped to the next
// of a few sizes, so that the number of variants is known beforehand.
type Ladder struct {
	Widths    []int   // pixels, ascending
	Ratios    []Ratio // of width to height
	Qualities []int   // 1…100, ascending
}

// A Ratio is the shape of a picture, such as 16:9.
type Ratio struct{ W, H int }

// UnmarshalText reads "16:9".
func (r *Ratio) UnmarshalText(text []byte) error {
	w, h, ok := strings.Cut(string(text), ":")
	var errW, errH error
	r.W, errW = strconv.Atoi(w)
	r.H, errH = strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || r.W < 1 || r.H < 1 || r.W > 1000 || r.H > 1000 {
		return fmt.Errorf("ratio %q: want two whole numbers 1…1000, as in 16:9", text)
	}
	return nil
}

func (r Ratio) String() string { return fmt.Sprintf("%d:%d", r.W, r.H) }

// DefaultLadder is the ladder of widths that Next.js made common, the shapes that photographs have, and three
// qualities.
func DefaultLadder() Ladder {
	return Ladder{
		Widths:    []int{160, 320, 480, 640, 750, 828, 1080, 1200, 1920, 2048, 3840},
		Ratios:    []Ratio{{1, 1}, {5, 4}, {4, 3}, {3, 2}, {16, 9}, {2, 1}, {21, 9}},
		Qualities: []int{50, 75, 90},
	}
}

// Normal returns l in order, without repetitions, with the inverse of each ratio; or an error when it can't be
// climbed.
func (l Ladder) Normal() (Ladder, error) {
	l.Widths = slices.Compact(slices.Sorted(slices.Values(l.Widths)))
	l.Qualities = slices.Compact(slices.Sorted(slices.Values(l.Qualities)))
	var ratios []Ratio
	for _, r := range l.Ratios {
		ratios = append(ratios, r, Ratio{r.H, r.W})
	}
	slices.SortFunc(ratios, func(a, b Ratio) int { return a.W*b.H - b.W*a.H })
	l.Ratios = slices.CompactFunc(ratios, func(a, b Ratio) bool { return a.W*b.H == b.W*a.H })
	switch {
	case len(l.Widths) == 0 || l.Widths[0] < 1 || l.Widths[len(l.Widths)-1] > resize.MaxSide:
		return l, fmt.Errorf("widths %v: want at least one of 1…%d", l.Widths, resize.MaxSide)
	case len(l.Ratios) == 0:
		return l, fmt.Errorf("ratios: want at least one")
	case len(l.Qualities) == 0 || l.Qualities[0] < 1 || l.Qualities[len(l.Qualities)-1] > 100:
		return l, fmt.Errorf("qualities %v: want at least one of 1…100", l.Qualities)
	}
	for _, r := range l.Ratios {
		if _, ok := l.height(l.Widths[0], r); !ok {
			return l, fmt.Errorf("ratio %v at the smallest width %d: the height is not in 1…%d", r, l.Widths[0], resize.MaxSide)
		}
	}
	return l, nil
}

// Snap returns the transform on the ladder that t comes to: the width rounds up, the height keeps the nearest
// ratio, a height alone rounds up by the widths, the quality goes to the nearest, the higher of two as near.
func (l Ladder) Snap(t resize.Transform) resize.Transform {
	asked := t
	if t.Width != 0 {
		t.Width = l.up(asked.Width)
	}
	if t.Height != 0 {
		t.Height = l.up(asked.Height)
	}
	if t.Width != 0 && t.Height != 0 {
		t.Width, t.Height = l.box(t.Width, l.nearestRatio(asked.Width, asked.Height))
	}
	if t.Quality != 0 {
		t.Quality = l.nearestQuality(t.Quality)
	}
	return t.Normal()
}

// Holds tells whether t, in normal form, is on the ladder.
func (l Ladder) Holds(t resize.Transform) bool {
	onLadder := func(side int) bool { return side == 0 || slices.Contains(l.Widths, side) }
	switch {
	case t.Rect != (resize.Rect{}), t.Blur != 0, t.Background != resize.White, t.Crop == resize.Focal, isCorner(t.Crop):
		return false
	case t.Quality != 0 && !slices.Contains(l.Qualities, t.Quality):
		return false
	case !onLadder(t.Width):
		return false
	case t.Width == 0 || t.Height == 0:
		return onLadder(t.Height)
	}
	return slices.ContainsFunc(l.Ratios, func(r Ratio) bool {
		h, ok := l.height(t.Width, r)
		return ok && h == t.Height
	})
}

// up returns the lowest rung that is not below side, else the highest.
func (l Ladder) up(side int) int {
	i, _ := slices.BinarySearch(l.Widths, side)
	return l.Widths[min(i, len(l.Widths)-1)]
}

// box returns a width and the height that a ratio gives it, from the next lower rung when that height is more
// than a transform can hold.
func (l Ladder) box(width int, r Ratio) (w, h int) {
	for i, _ := slices.BinarySearch(l.Widths, width); i > 0; i-- {
		if h, ok := l.height(l.Widths[i], r); ok {
			return l.Widths[i], h
		}
	}
	h, _ = l.height(l.Widths[0], r)
	return l.Widths[0], h
}

// height returns the height of a box of some width and shape, rounded half up.
func (l Ladder) height(width int, r Ratio) (h int, ok bool) {
	h = (2*width*r.H + r.W) / (2 * r.W)
	return h, h >= 1 && h <= resize.MaxSide
}

// nearestRatio compares by quotient, so that a portrait is treated as the landscape that it is on its side.
func (l Ladder) nearestRatio(w, h int) Ratio {
	asked := float64(w) / float64(h)
	distance := func(r Ratio) float64 {
		ratio := float64(r.W) / float64(r.H)
		return max(asked/ratio, ratio/asked)
	}
	return slices.MinFunc(l.Ratios, func(a, b Ratio) int {
		switch da, db := distance(a), distance(b); {
		case da < db:
			return -1
		case da > db:
			return 1
		}
		return 0
	})
}

func (l Ladder) nearestQuality(q int) int {
	best := l.Qualities[0]
	for _, one := range l.Qualities[1:] {
		if max(one-q, q-one) <= max(best-q, q-best) {
			best = one
		}
	}
	return best
}
