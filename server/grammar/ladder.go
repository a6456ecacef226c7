package grammar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// A Ladder bounds the variants of an original that unsigned URLs can create: their sizes, shapes and qualities are
// snapped to a few values, so the number of variants is known beforehand.
type Ladder struct {
	Widths    []int   // pixels, ascending
	Ratios    []Ratio // of width to height
	Qualities []int   // 1…100, ascending
}

// A Ratio is the shape of an image, width to height, such as 16:9.
type Ratio struct{ W, H int }

// UnmarshalText parses a ratio such as "16:9".
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

// DefaultLadder returns the widths that Next.js made common, from icons to large screens, the usual shapes of photographs and videos, and three
// qualities.
func DefaultLadder() Ladder {
	return Ladder{
		Widths:    []int{32, 64, 96, 128, 160, 320, 480, 640, 750, 828, 1080, 1200, 1920, 2048, 3840},
		Ratios:    []Ratio{{1, 1}, {5, 4}, {4, 3}, {3, 2}, {16, 9}, {2, 1}, {21, 9}},
		Qualities: []int{50, 75, 90},
	}
}

// Normal returns l sorted, without duplicates and with the inverse of each ratio, or an error that says which of its
// values is out of range.
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

// Snap returns the transform on the ladder that an unsigned request for t gets. A width is rounded up to the ladder's
// widths, and so is a height without a width. A box of both gets the rounded width and the ladder's nearest ratio. A
// quality goes to the nearest, to the higher of two that are equally near.
func (l Ladder) Snap(t resize.Transform) resize.Transform {
	requested := t
	if t.Width != 0 {
		t.Width = l.up(requested.Width)
	}
	if t.Height != 0 {
		t.Height = l.up(requested.Height)
	}
	if t.Width != 0 && t.Height != 0 {
		t.Width, t.Height = l.box(t.Width, l.nearestRatio(requested.Width, requested.Height))
	}
	if t.Quality > 0 {
		t.Quality = l.nearestQuality(t.Quality)
	}
	return t.Normal()
}

// Holds reports whether t, in normal form, is on the ladder: whether Snap returns it for some request.
func (l Ladder) Holds(t resize.Transform) bool {
	onLadder := func(side int) bool { return side == 0 || slices.Contains(l.Widths, side) }
	switch {
	case t.Rect != (resize.Rect{}), t.Blur != 0, t.NeedsSignature():
		return false
	case t.Background != hexcolor.White, t.Crop == resize.Focal, isCorner(t.Crop):
		return false
	case t.Quality > 0 && !slices.Contains(l.Qualities, t.Quality):
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

// up returns the smallest width of the ladder that is at least side, else the largest.
func (l Ladder) up(side int) int {
	i, _ := slices.BinarySearch(l.Widths, side)
	return l.Widths[min(i, len(l.Widths)-1)]
}

// box returns the largest width of the ladder, width at most, whose height by a ratio is within a transform's limit,
// and that height.
func (l Ladder) box(width int, r Ratio) (w, h int) {
	for i, _ := slices.BinarySearch(l.Widths, width); i > 0; i-- {
		if h, ok := l.height(l.Widths[i], r); ok {
			return l.Widths[i], h
		}
	}
	h, _ = l.height(l.Widths[0], r)
	return l.Widths[0], h
}

// height returns the height of a box of a width and ratio, rounded half up, and whether a transform can hold it.
func (l Ladder) height(width int, r Ratio) (h int, ok bool) {
	h = (2*width*r.H + r.W) / (2 * r.W)
	return h, h >= 1 && h <= resize.MaxSide
}

// nearestRatio returns the ratio with the smallest quotient to w:h. Comparing quotients, not differences, treats a
// portrait the same as the landscape of the inverse ratio.
func (l Ladder) nearestRatio(w, h int) Ratio {
	requested := float64(w) / float64(h)
	distance := func(r Ratio) float64 {
		ratio := float64(r.W) / float64(r.H)
		return max(requested/ratio, ratio/requested)
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
	nearest := l.Qualities[0]
	for _, quality := range l.Qualities[1:] {
		if max(quality-q, q-quality) <= max(nearest-q, q-nearest) {
			nearest = quality
		}
	}
	return nearest
}
