// Package quality measures how near a resized image is to a reference, which it makes from the luma of the original in
// floating point.
//
//	want := quality.Reduce(quality.Luma(original), 800, 533)
//	got := quality.Luma(variant)
//	ssim := quality.SSIM(got, want) // 1: equal; 0.99: hard to distinguish; 0.95: visibly different side by side
//	psnr := quality.PSNR(got, want) // decibels; 30: similar; 40: not to be distinguished; +Inf: equal
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

// Luma returns the luma of m as in JPEG (ITU-R BT.601, full range), with white behind transparent parts. The luma of an
// [image.YCbCr] is returned unchanged.
func Luma(m image.Image) Plane {
	b := m.Bounds()
	p := Plane{b.Dx(), b.Dy(), make([]float32, b.Dx()*b.Dy())}
	rows(p.H, func(y int) {
		row := p.Pix[y*p.W : (y+1)*p.W]
		switch m := m.(type) {
		case *image.YCbCr:
			for x := range row {
				row[x] = float32(m.Y[m.YOffset(b.Min.X+x, b.Min.Y+y)])
			}
		case *image.Gray:
			for x := range row {
				row[x] = float32(m.Pix[m.PixOffset(b.Min.X+x, b.Min.Y+y)])
			}
		case *image.NRGBA:
			at := m.PixOffset(b.Min.X, b.Min.Y+y)
			for x := range row {
				px := m.Pix[at+4*x : at+4*x+4 : at+4*x+4]
				alpha := float32(px[3]) / 255
				row[x] = alpha*(0.299*float32(px[0])+0.587*float32(px[1])+0.114*float32(px[2])) + 255*(1-alpha)
			}
		default:
			for x := range row {
				red, green, blue, alpha := m.At(b.Min.X+x, b.Min.Y+y).RGBA() // premultiplied, of 16 bits
				white := float32(0xffff - alpha)
				light := 0.299*(float32(red)+white) + 0.587*(float32(green)+white) + 0.114*(float32(blue)+white)
				row[x] = light / 257
			}
		}
	})
	return p
}

// Reduce resamples p to w×h samples with a Lanczos3 kernel as wide as the reduction requires, first along the rows, then
// along the columns. The samples at the edges stand for those beyond them.
func Reduce(p Plane, w, h int) Plane {
	taps := tapsOf(p.W, w)
	wide := Plane{w, p.H, make([]float32, w*p.H)}
	rows(p.H, func(y int) {
		from, to := p.Pix[y*p.W:(y+1)*p.W], wide.Pix[y*w:(y+1)*w]
		for x, t := range taps {
			sum := float32(0)
			for i, weight := range t.weights {
				sum += weight * from[min(max(t.first+i, 0), p.W-1)]
			}
			to[x] = sum
		}
	})
	taps = tapsOf(p.H, h)
	out := Plane{w, h, make([]float32, w*h)}
	rows(h, func(y int) {
		to := out.Pix[y*w : (y+1)*w]
		for i, weight := range taps[y].weights {
			at := min(max(taps[y].first+i, 0), p.H-1)
			for x, v := range wide.Pix[at*w : (at+1)*w] {
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
func tapsOf(from, to int) []taps {
	all := make([]taps, to)
	step := float64(from) / float64(to)
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
	var wg sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		wg.Go(func() {
			for y := part; y < n; y += parts {
				f(y)
			}
		})
	}
	wg.Wait()
}
