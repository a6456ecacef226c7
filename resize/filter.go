package resize

import (
	"math"
	"slices"
)

// A grid lays n samples of a result over a line of samples: the first is centered half a step from start. A
// negative step runs backwards, which mirrors.
type grid struct {
	n           int
	start, step float64
}

// A filter is a grid's kernel: for each sample of the result, the weights of the samples that it is made of.
type filter struct {
	taps    int   // of each
	first   []int // index of the first sample
	weights []int32
}

// A weight of one is 1<<weightBits: with it, three sums fit into the lanes of a word, see resample.
const weightBits = 12

// lobes is half the width of Lanczos3 in samples.
const lobes = 3

func lanczos3(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1e-9:
		return 1
	case x >= lobes:
		return 0
	}
	px := math.Pi * x
	return lobes * math.Sin(px) * math.Sin(px/lobes) / (px * px)
}

// newFilter returns the filter of a grid over a line of size samples. What lies beyond the ends counts as the
// sample at the end.
func newFilter(g grid, size int) filter {
	stretch := max(1, math.Abs(g.step))
	taps := min(int(math.Ceil(2*lobes*stretch))+1, size)
	f := filter{taps: taps, first: make([]int, g.n), weights: make([]int32, g.n*taps)}
	exact := make([]float64, taps)
	for i := range g.n {
		center := g.start + (float64(i)+0.5)*g.step - 0.5 // in indexes of samples
		lo := int(math.Ceil(center - lobes*stretch))
		first := min(max(lo, 0), size-taps)
		clear(exact)
		for at := lo; float64(at) <= center+lobes*stretch; at++ {
			end := min(max(at, first), first+taps-1)
			exact[end-first] += lanczos3((float64(at) - center) / stretch)
		}
		f.first[i] = first
		quantize(f.weights[i*taps:(i+1)*taps], exact)
	}
	return f
}

// quantize rounds weights so that their sum is exactly one: a flat picture stays as bright as it was.
func quantize(weights []int32, exact []float64) {
	sum := 0.0
	for _, w := range exact {
		sum += w
	}
	left, largest := int32(1<<weightBits), 0
	for i, w := range exact {
		weights[i] = int32(math.Round(w / sum * (1 << weightBits)))
		left -= weights[i]
		if weights[i] > weights[largest] {
			largest = i
		}
	}
	weights[largest] += left
}

// reach returns the range of samples that f reads, and makes its indexes count from there.
func (f filter) reach() (from, to int) {
	from = slices.Min(f.first)
	to = slices.Max(f.first) + f.taps
	for i := range f.first {
		f.first[i] -= from
	}
	return from, to
}

// identity tells whether f leaves a line of that size as it is.
func (g grid) identity(size int) bool {
	return g.step == 1 && g.start == 0 && g.n == size
}
