package main

import (
	"math"
	"slices"
	"testing"
	"time"
)

// usualP99 returns the median of the 99th percentiles of periods of 3 seconds, so that a short disturbance by other
// processes has no effect.
func usualP99(took []time.Duration) time.Duration {
	var each []time.Duration
	for part := range slices.Chunk(took, 3*soakHotRate) {
		each = append(each, percentile(part, 99))
	}
	return percentile(each, 50)
}

func percentile(took []time.Duration, p int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)].Round(10 * time.Microsecond)
}

// slopeOf returns the growth per second of values that were taken once a second, its standard error, and their mean.
func slopeOf(values []float64) (slope, doubt, mean float64) {
	n := float64(len(values))
	var sx, sy, sxx, sxy float64
	for i, y := range values {
		x := float64(i)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	slope, mean = (n*sxy-sx*sy)/(n*sxx-sx*sx), sy/n
	var off float64
	for i, y := range values {
		off += math.Pow(y-mean-slope*(float64(i)-sx/n), 2)
	}
	return slope, math.Sqrt(off / (n - 2) / (sxx - sx*sx/n)), mean
}

func TestSlope(t *testing.T) {
	for _, test := range []struct {
		values             []float64
		slope, doubt, mean float64
	}{
		{[]float64{1, 3, 5, 7}, 2, 0, 4},
		{[]float64{0, 1, 1, 2}, 0.6, 0.141421, 1},
	} {
		slope, doubt, mean := slopeOf(test.values)
		if math.Abs(slope-test.slope)+math.Abs(doubt-test.doubt)+math.Abs(mean-test.mean) > 1e-5 {
			t.Errorf("%v: got %v ± %v, %v", test.values, slope, doubt, mean)
		}
	}
}
