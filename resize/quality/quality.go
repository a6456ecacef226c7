// Package quality measures how near a resized image is to a reference, which it makes from the original in floating point.
//
//	want := quality.Reduce(quality.Luma(original), 800, 533)
//	got := quality.Luma(variant)
//	ssim := quality.SSIM(got, want) // 1: equal; 0.99: hard to distinguish; 0.95: visibly different side by side
//	psnr := quality.PSNR(got, want) // decibels; 30: similar; 40: indistinguishable; +Inf: equal
//
// Those two compare luma only. [SSIMULACRA2] compares colours too, and agrees better with people:
//
//	want := quality.Colour(original).Reduce(800, 533)
//	got := quality.Colour(variant)
//	score := quality.SSIMULACRA2(want, got) // 100: equal; 80: hard to distinguish; 50: visibly different
package quality

import (
	"image"
	"math"
	"runtime"
	"sync"
)

// A Plane holds the samples of one channel of an image, 0…255, row by row.
type Plane struct {
	W, H int
	Pix  []float32
}

func newPlane(w, h int) Plane { return Plane{w, h, make([]float32, w*h)} }

// row returns the samples of a row.
func (p Plane) row(y int) []float32 { return p.Pix[y*p.W : (y+1)*p.W] }

// Luma returns the luma of m as in JPEG (ITU-R BT.601, full range), with white behind transparent parts. The luma of an
// [image.YCbCr] is returned unchanged.
func Luma(m image.Image) Plane {
	b := m.Bounds()
	p := newPlane(b.Dx(), b.Dy())
	rows(p.H, func(y int) {
		row := p.row(y)
		switch m := m.(type) {
		case *image.YCbCr:
			for x := range row {
				row[x] = float32(m.Y[m.YOffset(b.Min.X+x, b.Min.Y+y)])
			}
		case *image.Gray:
			for x := range row {
				row[x] = float32(m.Pix[m.PixOffset(b.Min.X+x, b.Min.Y+y)])
			}
		default:
			for x := range row {
				red, green, blue := overWhite(m, b.Min.X+x, b.Min.Y+y)
				row[x] = 0.299*red + 0.587*green + 0.114*blue
			}
		}
	})
	return p
}

// Reduce resamples p to w×h samples with a Lanczos3 kernel as wide as the reduction requires, first along the rows, then
// along the columns. The samples at the edges stand for those beyond them.
func Reduce(p Plane, w, h int) Plane {
	return resample(p, w, h, float64(p.W), float64(p.H))
}

// resample reduces the part of p that begins at its first sample and is width samples wide and height samples high. Chroma
// of an odd number of samples of luma is half a sample wider than its image.
func resample(p Plane, w, h int, width, height float64) Plane {
	taps := tapsOf(width, w)
	wide := newPlane(w, p.H)
	rows(p.H, func(y int) {
		from, to := p.row(y), wide.row(y)
		for x, t := range taps {
			sum := float32(0)
			for i, weight := range t.weights {
				sum += weight * from[min(max(t.first+i, 0), p.W-1)]
			}
			to[x] = sum
		}
	})
	taps = tapsOf(height, h)
	out := newPlane(w, h)
	rows(h, func(y int) {
		to := out.row(y)
		for i, weight := range taps[y].weights {
			at := min(max(taps[y].first+i, 0), p.H-1)
			for x, v := range wide.row(at) {
				to[x] += weight * v
			}
		}
		for x, v := range to {
			to[x] = min(max(v, 0), 255)
		}
	})
	return out
}

// taps are the source samples of one sample of the result.
type taps struct {
	first   int       // index of the first; may lie beyond the edge
	weights []float32 // their sum is 1
}

// tapsOf returns the taps of each sample of a reduction from one number of samples to another.
func tapsOf(from float64, to int) []taps {
	all := make([]taps, to)
	step := from / float64(to)
	stretch := max(1, step)
	for i := range all {
		center := (float64(i)+0.5)*step - 0.5
		first := int(math.Ceil(center - 3*stretch))
		sum := 0.0
		var weights []float64
		for j := first; float64(j) <= center+3*stretch; j++ {
			weight := lanczos3((float64(j) - center) / stretch)
			weights = append(weights, weight)
			sum += weight
		}
		all[i].first = first
		for _, weight := range weights {
			all[i].weights = append(all[i].weights, float32(weight/sum))
		}
	}
	return all
}

func lanczos3(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1e-9:
		return 1
	case x >= 3:
		return 0
	}
	px := math.Pi * x
	return 3 * math.Sin(px) * math.Sin(px/3) / (px * px)
}

// PSNR returns the peak signal-to-noise ratio of two planes in decibels: +Inf if they are equal, -Inf if their sizes
// differ.
func PSNR(a, b Plane) float64 {
	if a.W != b.W || a.H != b.H {
		return math.Inf(-1)
	}
	sum := 0.0
	for i, v := range a.Pix {
		d := float64(v - b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))/sum)
}

// rows calls f for each of n rows, on all processors.
func rows(n int, f func(y int)) {
	bands(n, func(first, end int) {
		for y := first; y < end; y++ {
			f(y)
		}
	})
}

// bands calls f for parts of n rows that follow each other, on all processors.
func bands(n int, f func(first, end int)) {
	var wg sync.WaitGroup
	parts := min(runtime.GOMAXPROCS(0), n)
	for part := range parts {
		wg.Go(func() { f(n*part/parts, n*(part+1)/parts) })
	}
	wg.Wait()
}
