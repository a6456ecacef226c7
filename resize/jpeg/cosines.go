package jpeg

import "math"

func newCosines(n int) *[64]int32 {
	var t [64]int32
	for x := range n {
		for u := range n {
			k := math.Sqrt2
			if u == 0 {
				k = 1
			}
			t[8*x+u] = int32(math.Round(k * math.Cos(float64(2*x+1)*float64(u)*math.Pi/float64(2*n)) * (1 << constBits)))
		}
	}
	return &t
}
