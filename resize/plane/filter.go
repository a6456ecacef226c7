package plane

import (
	"math"
	"slices"
)

// A Grid lays N samples of a result along a line of samples, or of pixels. The first sample of the result is centered
// half a step from Start. A negative step runs backwards, which mirrors.
type Grid struct {
	N           int
	Start, Step float64
}

// Mirrored returns the grid that meets the same places of a line of some length when the line is reversed.
func (g Grid) Mirrored(length float64) Grid {
	return Grid{g.N, length - g.Start, -g.Step}
}

// inSamples converts a grid over pixels into a grid over samples that cover so many pixels each.
func (g Grid) inSamples(pixels float64) Grid {
	return Grid{g.N, g.Start / pixels, g.Step / pixels}
}

// A filter holds the kernel of a grid: for each sample of the result, the weights of the samples that it is made of.
type filter struct {
	taps     int     // weights for each sample of the result
	first    []int   // for each sample of the result, the index of the first sample that it is made of, less from
	weights  []int32 // taps of them for each sample of the result
	from, to int     // the samples that the whole result is made of
	keeps    bool    // the result is the line itself
}

// weightBits is the precision of weights: a weight of 1 is 1<<weightBits. With it three sums fit into the lanes of a
// word, see laneBits.
const weightBits = 12

// lobes is half the width of Lanczos3 in samples.
const lobes = 3

// lanczos3 returns the kernel at x by linear interpolation of a table. That is off by less than 1e-6, and the weights
// are rounded to 1/4096 anyway.
func lanczos3(x float64) float64 {
	x = math.Abs(x) * kernelSteps
	i := int(x)
	if i >= lobes*kernelSteps {
		return 0
	}
	return kernel[i] + (x-float64(i))*(kernel[i+1]-kernel[i])
}

// kernelSteps is how many points of the table there are to a sample.
const kernelSteps = 1024

// kernel is the table of Lanczos3, from its middle to its end.
var kernel = func() (t [lobes*kernelSteps + 1]float64) {
	t[0] = 1
	for i := 1; i < lobes*kernelSteps; i++ {
		px := math.Pi * float64(i) / kernelSteps
		t[i] = lobes * math.Sin(px) * math.Sin(px/lobes) / (px * px)
	}
	return t
}()

// newFilter returns the filter of a grid over a line of size samples. Beyond its ends the line is continued with the
// sample at the end.
func newFilter(g Grid, size int) filter {
	stretch := max(1, math.Abs(g.Step))
	taps := min(int(math.Ceil(2*lobes*stretch))+1, size)
	f := filter{taps: taps, first: make([]int, g.N), weights: make([]int32, g.N*taps), keeps: g == Grid{size, 0, 1}}
	exact := make([]float64, taps)
	for i := range g.N {
		center := g.Start + (float64(i)+0.5)*g.Step - 0.5 // in indexes of samples
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

// quantize rounds weights so that their sum is exactly 1, which keeps a flat image as bright as it was. The largest
// weight takes what the rounding of the others leaves.
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
