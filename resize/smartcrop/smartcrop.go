// Package smartcrop chooses the part of an image that is worth keeping, from a small copy of the image.
//
// Each pixel draws the eye by some points, which a [Kind] counts. A side of the window is as long as that of the image, so that the
// window can slide in one direction only: points are summed for each column, or row, and the window with the largest sum wins.
package smartcrop

import (
	"image"
	"math"
	"math/bits"
)

// A Kind is what is worth keeping.
type Kind string

const (
	Smart   Kind = "smart"   // edges, saturated colours and skin
	Faces   Kind = "faces"   // as Smart, but what is above counts more; no faces are detected
	Entropy Kind = "entropy" // edges that are least expected
	Edges   Kind = "edges"   // edges
)

// Side is the longer side of the small copy, in pixels, that is enough.
const Side = 96

// Place returns where a window begins in an image of some size with a small copy m. One side of the window is as long as that of the
// image.
func (k Kind) Place(m *image.NRGBA, size, window image.Point) (at image.Point) {
	columns, rows := k.interest(m)
	if window.X < size.X {
		at.X = best(columns, window.X, size.X)
	} else {
		at.Y = best(rows, window.Y, size.Y)
	}
	return at
}

// interest returns for each column and each row how much there is that draws the eye: edges, saturated colours and
// skin, or what another kind looks for. For [Faces] the first row counts twice and the last not at all, evenly between: heads are
// above what people wear and stand on, which has more of all three.
func (k Kind) interest(m *image.NRGBA) (columns, rows []float64) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	columns, rows = make([]float64, w), make([]float64, h)
	rarity := rarity(m)
	for y := range h {
		weight := 1.0
		if k == Faces {
			weight = float64(2*(h-y)-1) / float64(h)
		}
		for x := range w {
			p := m.Pix[m.PixOffset(x, y):]
			r, g, b, a := int(p[0]), int(p[1]), int(p[2]), int(p[3])
			edge := edgeAt(m, x, y)
			score := float64(edge)
			switch k {
			case Entropy:
				score = rarity[edgeClass(edge)]
			case Smart, Faces:
				score = float64(2*edge + (max(r, g, b)-min(r, g, b))/2)
				if isSkin(r, g, b) {
					score += 120
				}
			}
			points := float64(weight * (score * float64(a) / 255))
			columns[x] += points
			rows[y] += points
		}
	}
	return columns, rows
}

// edgeAt returns how much the luma of a pixel differs from that around it.
func edgeAt(m *image.NRGBA, x, y int) int {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	luma := func(x, y int) int {
		p := m.Pix[m.PixOffset(min(max(x, 0), w-1), min(max(y, 0), h-1)):]
		return (2*int(p[0]) + 5*int(p[1]) + int(p[2])) / 8
	}
	edge := 4*luma(x, y) - luma(x-1, y) - luma(x+1, y) - luma(x, y-1) - luma(x, y+1)
	return max(edge, -edge)
}

// edgeClass returns the class of an edge: how many bits its size takes.
func edgeClass(edge int) int { return bits.Len(uint(edge)) }

// rarity returns the information in an edge of each class, in bits: the rarer a class is in the image, the more. The sum over
// a part of the image is what its entropy costs to encode. Flat parts, of which there are many, have little.
func rarity(m *image.NRGBA) (info [12]float64) {
	var count [len(info)]float64
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			count[edgeClass(edgeAt(m, x, y))]++
		}
	}
	for class, n := range count {
		if n > 0 {
			info[class] = math.Log2(float64(m.Rect.Dx()*m.Rect.Dy()) / n)
		}
	}
	return info
}

// isSkin reports whether a colour may be skin, by the hue that skin of all shades shares: more red than green, and more
// green than blue, by ratios that depend little on the light.
func isSkin(r, g, b int) bool {
	return r > 60 && r > g && g > b && 10*r > 11*g && 10*r < 19*g && 10*g < 16*b+60 && r-b > 20
}

// best returns where a window on a line of size pixels holds the most interest. line is the interest along the line, at
// any resolution. Places nearer to the middle get a small bonus, so that of equal places the most central wins.
func best(line []float64, window, size int) int {
	n := len(line)
	width := max(1, min(n, (window*n+size/2)/size))
	sum, total := 0.0, 0.0
	for i, v := range line {
		total += v
		if i < width {
			sum += v
		}
	}
	bonus := 0.05 * max(total, 1) // also where nothing draws the eye
	at, most := 0, math.Inf(-1)
	for i := 0; ; i++ {
		offCenter := float64(max(2*i+width-n, n-2*i-width)) / float64(n)
		if score := sum - bonus*offCenter; score > most {
			at, most = i, score
		}
		if i+width >= n {
			break
		}
		sum += line[i+width] - line[i]
	}
	if n == width {
		return (size - window) / 2
	}
	return at * (size - window) / (n - width)
}
