package grammar

import (
	"math"
	"strconv"
	"strings"

	"github.com/imgorigin/imgorigin/resize"
)

// size sets the box of a transform: w and h, or one of them and a shape, within their limits, times dpr.
func (r *reader) size(t *resize.Transform) {
	dpr := r.decimal(pDPR, 0.5, 5, 1)
	w, h := r.whole(pWidth, 1, resize.MaxSide), r.whole(pHeight, 1, resize.MaxSide)
	w = r.within(w, pMinWidth, pMaxWidth)
	h = r.within(h, pMinHeight, pMaxHeight)
	if ratio := r.aspect(); ratio != 0 {
		w, h = r.shaped(t, w, h, ratio)
	}
	t.Width, t.Height = timesDPR(w, dpr), timesDPR(h, dpr)
}

// within returns a side within the limits of two parameters. A largest side alone is that of a box, since nothing becomes
// larger; a least side alone says nothing.
func (r *reader) within(side int64, least, most param) int64 {
	lo, hi := r.whole(least, 1, resize.MaxSide), r.whole(most, 1, resize.MaxSide)
	switch {
	case side == 0 && lo != 0 && r.strict:
		r.fail(least)
	case side == 0 && lo != 0:
		r.ignored.add(least.String())
	case side != 0:
		side = max(side, lo)
	}
	if hi != 0 && (side == 0 || side > hi) {
		side = hi
	}
	return side
}

// aspect returns the quotient of width and height that is asked for, 0 if there is none.
func (r *reader) aspect() float64 {
	s := r.values[pAspect]
	if s == "" {
		return 0
	}
	w, h, _ := strings.Cut(s, ":")
	x, isWidth := ratioPart(w)
	y, isHeight := ratioPart(h)
	if !isWidth || !isHeight {
		r.fail(pAspect)
		return 0
	}
	return x / y
}

// ratioPart parses a number above 0, at most 1000, such as 16, 1.5 or .5.
func ratioPart(text string) (x float64, ok bool) {
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && x > 0 && x <= 1000 && len(text) <= 16 && strings.Trim(text, "0123456789.") == ""
}

// shaped returns the box of a shape with the side that is given. With both sides, the shape has no effect. It is cropped to
// that shape unless a fit says otherwise.
func (r *reader) shaped(t *resize.Transform, w, h int64, ratio float64) (int64, int64) {
	side := func(x float64) int64 { return int64(min(max(math.Floor(x+0.5), 1), resize.MaxSide)) }
	switch {
	case w != 0 && h != 0 && r.strict, w == 0 && h == 0:
		r.fail(pAspect)
	case w != 0 && h != 0:
		r.ignored.add(pAspect.String())
		return w, h
	case w != 0:
		h = side(float64(w) / ratio)
	default:
		w = side(float64(h) * ratio)
	}
	if t.Fit == "" {
		t.Fit = resize.Cover
	}
	return w, h
}
