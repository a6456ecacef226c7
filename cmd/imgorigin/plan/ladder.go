package plan

import (
	"math"
	"slices"
)

// A demand is the weight of a width that is asked for: bytes that a variant of another width would have, by the function
// below, are multiplied by it.
type demand struct {
	width  int
	weight float64
}

// bestLadder returns the widths, rungs at most, that send the fewest bytes when each width that is asked for is rounded up to
// one of them, and these bytes. It is exact: of a ladder whose largest rung is a width i, the rungs below are the best ladder for
// the widths up to another one, j, and all from j to i are sent as i. bytes returns the bytes of a width.
func bestLadder(asked []demand, rungs int, bytes func(width int) float64) (ladder []int, sent float64) {
	slices.SortFunc(asked, func(a, b demand) int { return a.width - b.width })
	n := len(asked)
	if n == 0 || rungs < 1 {
		return nil, 0
	}
	rungs = min(rungs, n)
	below := make([]float64, n+1) // weight of the widths before i
	for i, d := range asked {
		below[i+1] = below[i] + d.weight
	}
	best := make([]float64, n+1) // of the widths before i, with the rungs so far
	for i := 1; i <= n; i++ {
		best[i] = math.Inf(1)
	}
	from := make([][]int, rungs)
	for k := range rungs {
		next := make([]float64, n+1)
		from[k] = make([]int, n+1)
		for i := 1; i <= n; i++ {
			next[i] = math.Inf(1)
			size := bytes(asked[i-1].width)
			for j := range i {
				if b := best[j] + (below[i]-below[j])*size; b < next[i] {
					next[i], from[k][i] = b, j
				}
			}
		}
		best = next
	}
	for i, k := n, rungs-1; i > 0 && k >= 0; k-- {
		ladder = append(ladder, asked[i-1].width)
		i = from[k][i]
	}
	slices.Reverse(ladder)
	return ladder, best[n]
}

// maxWidths bounds the widths that bestLadder looks at, as it takes the square of them for each rung.
const maxWidths = 400

// merge rounds widths up to fewer, evenly spaced ones, if they are too many.
func merge(asked []demand) []demand {
	if len(asked) <= maxWidths {
		return asked
	}
	weights := make(map[int]float64)
	step := 8192/maxWidths + 1
	for _, d := range asked {
		weights[(d.width+step-1)/step*step] += d.weight
	}
	var merged []demand
	for width, weight := range weights {
		merged = append(merged, demand{width, weight})
	}
	return merged
}
