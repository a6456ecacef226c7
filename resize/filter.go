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
	taps     int     // of each
	first    []int   // index of the first sample, from that of all on
	weights  []int32 // taps of them for each
	from, to int     // samples that it is all made of
	keeps    bool    // it leaves a line as it is
}

// A weight of one is 1<<weightBits: with it, three sums fit into the lanes of a word, see resample.
const weightBits = 12

// lobes is half the width of Lanczos3 in samples.
const lobes = 3

// lanczos3 looks the kernel up: between the points of its table a line is off by less than 1e-6, and the weights
// are rounded to 1/4096.
func lanczos3(x float64) float64 {
	x = math.Abs(x) * kernelSteps
	i := int(x)
	if i >= lobes*kernelSteps {
		return 0
	}
	return kernel[i] + (x-float64(i))*(kernel[i+1]-kernel[i])
}

const kernelSteps = 1024 // to a sample

var kernel = func() (t [lobes*kernelSteps + 1]float64) {
	t[0] = 1
	for i := 1; i < lobes*kernelSteps; i++ {
		px := math.Pi * float64(i) / kernelSteps
		t[i] = lobes * math.Sin(px) * math.Sin(px/lobes) / (px * px)
	}
	return t
}()

// newFilter returns the filter of a grid over a line of size samples. What lies beyond the ends counts as the
// sample at the end.
func newFilter(g grid, size int) filter {
	stretch := max(1, math.Abs(g.step))
	taps := min(int(math.Ceil(2*lobes*stretch))+1, size)
	f := filter{taps: taps, first: make([]int, g.n), weights: make([]int32, g.n*taps), keeps: g == grid{size, 0, 1}}
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
	f.from, f.to = slices.Min(f.first), slices.Max(f.first)+taps
	for i := range f.first {
		f.first[i] -= f.from
	}
	return f
}

// filters are those of one picture's planes: chroma planes have the same.
type filters map[filterKey]filter

type filterKey struct {
	grid
	size int
}

func (fs filters) get(g grid, size int) filter {
	key := filterKey{g, size}
	f, ok := fs[key]
	if !ok {
		f = newFilter(g, size)
		fs[key] = f
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
