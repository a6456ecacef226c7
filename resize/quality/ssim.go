package quality

import "math"

// The parameters of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural
// similarity" (IEEE Transactions on Image Processing 13, 2004): windows of 11 × 11 samples weighted by a Gaussian with a
// standard deviation of 1.5, K1 = 0.01 and K2 = 0.03.
const (
	windowRadius = 5
	windowSigma  = 1.5
	c1           = (0.01 * 255) * (0.01 * 255)
	c2           = (0.03 * 255) * (0.03 * 255)
)

// SSIM returns the mean structural similarity of two planes: 1 if they are equal, 0 if their sizes differ. Only windows
// that lie within the planes count; a plane that is smaller than a window is one window.
func SSIM(a, b Plane) float64 {
	if a.W != b.W || a.H != b.H || len(a.Pix) == 0 {
		return 0
	}
	product := func(p, q Plane) Plane {
		out := Plane{p.W, p.H, make([]float32, len(p.Pix))}
		for i, v := range p.Pix {
			out.Pix[i] = v * q.Pix[i]
		}
		return out
	}
	meanA, meanB := blur(a), blur(b)
	meanAA, meanBB, meanAB := blur(product(a, a)), blur(product(b, b)), blur(product(a, b))
	sum := 0.0
	for i := range meanA.Pix {
		ma, mb := float64(meanA.Pix[i]), float64(meanB.Pix[i])
		varA, varB := float64(meanAA.Pix[i])-ma*ma, float64(meanBB.Pix[i])-mb*mb
		covariance := float64(meanAB.Pix[i]) - ma*mb
		sum += (2*ma*mb + c1) * (2*covariance + c2) / ((ma*ma + mb*mb + c1) * (varA + varB + c2))
	}
	return sum / float64(len(meanA.Pix))
}

// blur returns the weighted mean of each window.
func blur(p Plane) Plane {
	window := windowOf(p.W)
	wide := Plane{p.W - len(window) + 1, p.H, nil}
	wide.Pix = make([]float32, wide.W*wide.H)
	rows(p.H, func(y int) {
		to := wide.Pix[y*wide.W : (y+1)*wide.W]
		for x := range to {
			from := p.Pix[y*p.W+x:]
			sum := 0.0
			for i, weight := range window {
				sum += weight * float64(from[i])
			}
			to[x] = float32(sum)
		}
	})
	window = windowOf(p.H)
	out := Plane{wide.W, p.H - len(window) + 1, nil}
	out.Pix = make([]float32, out.W*out.H)
	rows(out.H, func(y int) {
		to := out.Pix[y*out.W : (y+1)*out.W]
		for x := range to {
			sum := 0.0
			for i, weight := range window {
				sum += weight * float64(wide.Pix[(y+i)*wide.W+x])
			}
			to[x] = float32(sum)
		}
	})
	return out
}

// windowOf returns the weights of a window along one dimension of a plane, which has n samples.
func windowOf(n int) []float64 {
	size := min(2*windowRadius+1, n)
	weights := make([]float64, size)
	sum := 0.0
	for i := range weights {
		d := float64(i) - float64(size-1)/2
		weights[i] = math.Exp(-d * d / (2 * windowSigma * windowSigma))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}
