package resize

import (
	"fmt"
	"math"

	"github.com/imgorigin/imgorigin/resize/drawing"
)

// tries are how often the pixels of a variant that has a limit of bytes are encoded at most.
const tries = 3

// fitting returns a function that encodes the pixels of a variant, or passes on the original, within the bytes that the variant may
// have: with the best quality, or the most colours, that is found in three tries and is no more than the variant has without a limit.
// Its error matches [ErrBytes] if there is none.
func (e *Portable) fitting(p *pyramid, plan Plan, t Transform, w *writer) func() ([]byte, error) {
	usual := e.passingOn(p, plan, t, w.smallest)
	if t.MaxBytes == 0 {
		return usual
	}
	return func() ([]byte, error) {
		body, err := usual()
		if err != nil || len(body) <= t.MaxBytes {
			return body, err
		}
		return w.ladder().climb(w.first, t.MaxBytes)
	}
}

// A ladder has the steps between which an encoder trades bytes for looks: the numbers of a quality, or numbers of colours.
type ladder struct {
	bottom int                    // the worst step
	top    int                    // the best step below that of the first try
	cost   func(step int) float64 // about how many bytes it takes, of any unit; it grows with the step
	step   func(cost float64) int // the inverse, rounded down
	encode func(step int) (body []byte, err error)

	// isFirst reports whether the first try is a step, so that its bytes tell what those of others are.
	isFirst   bool
	firstCost float64
}

// A rung is a step that was tried, or guessed.
type rung struct{ cost, bytes float64 }

// climb returns the best file within a limit that is found in the tries after the first, whose bytes exceed it.
func (l ladder) climb(first, limit int) (best []byte, err error) {
	low, high, power := rung{}, rung{l.firstCost, float64(first)}, 1.0
	bottom, top, smallest := l.bottom, l.top, first
	margin := 0.97
	for try := 1; try < tries && bottom <= top; try++ {
		wanted := high.cost * math.Pow(margin*float64(limit)/high.bytes, 1/power)
		if best != nil {
			wanted = low.cost + (high.cost-low.cost)*(margin*float64(limit)-low.bytes)/(high.bytes-low.bytes)
		}
		step := min(max(l.step(max(wanted, 0)), bottom), top)
		body, err := l.encode(step)
		if err != nil {
			return nil, err
		}
		at := rung{l.cost(step), float64(len(body))}
		smallest = min(smallest, len(body))
		if len(body) <= limit {
			best, low, bottom, margin = body, at, step+1, 0.985
			continue
		}
		if l.isFirst {
			power = at.power(high)
		}
		margin = 0.94
		if at.bytes > 1.15*float64(limit) {
			margin = 0.85 // the last try is far from what is known, and should fit
		}
		high, top = at, step-1
	}
	if best == nil {
		return nil, fmt.Errorf("%w: max-bytes is %d, the smallest file that was tried has %d", ErrBytes, limit, smallest)
	}
	return best, nil
}

// power returns the power of the cost with which bytes grow between two rungs, of which the other has more of both. It is less than
// 1 where headers and profiles are part of the bytes.
func (r rung) power(other rung) float64 {
	const least, most = 0.4, 1.5
	if other.cost <= r.cost || other.bytes <= r.bytes {
		return least
	}
	return min(max(math.Log(other.bytes/r.bytes)/math.Log(other.cost/r.cost), least), most)
}

// ladder returns the steps of the format that was requested. Another may be smaller at first, but can't lose as many bytes.
func (w *writer) ladder() ladder {
	t := w.candidates[0]
	if t.Format == PNG || t.Format == GIF {
		return w.colorLadder(t)
	}
	scale := t.Format.row().scale
	return ladder{
		bottom: 1, top: t.Quality - 1, isFirst: !w.mayBeLossless, cost: scale.Bytes, firstCost: scale.Bytes(t.Quality), step: scale.Within,
		encode: func(number int) ([]byte, error) {
			t.Quality = number
			return w.exactly(w.image, t)
		},
	}
}

// colorLadder returns the numbers of colours of an image in a format without quality. Only an image that is painted quickly has any.
// In one colour, nothing of an opaque image would be left.
func (w *writer) colorLadder(t Transform) ladder {
	bottom, top := 1, paletteSizes[0]
	if w.image.Opaque() {
		bottom = 2
	}
	if w.image.Rect.Dx()*w.image.Rect.Dy() > maxPainted {
		top = 0
	}
	const fullCost = 20 // bits of a pixel of a photograph, beside the 8 of a palette of 256 colours
	return ladder{
		bottom: bottom, top: top, firstCost: fullCost, cost: func(colors int) float64 { return math.Log2(float64(colors)) },
		step:   func(bits float64) int { return int(math.Exp2(min(bits, fullCost))) },
		encode: func(colors int) ([]byte, error) { return w.exactly(drawing.Painted(w.image, colors), t) },
	}
}
