package cost

import (
	"errors"
	"math"
	"slices"
)

// Sizes are the bytes of variants, measured at some widths.
type Sizes struct {
	Widths           []float64
	JPEG, WebP, AVIF []float64
}

func (s Sizes) check() error {
	n := len(s.Widths)
	if n < 2 || len(s.JPEG) != n || len(s.WebP) != n || len(s.AVIF) != n {
		return errors.New("prices: assumptions.bytes: want two widths or more, and as many bytes for each format")
	}
	for _, list := range [][]float64{s.Widths, s.JPEG, s.WebP, s.AVIF} {
		if !(list[0] > 0) || !slices.IsSorted(list) {
			return errors.New("prices: assumptions.bytes: want numbers above 0 that ascend")
		}
	}
	for i := range s.Widths[1:] {
		if s.Widths[i] == s.Widths[i+1] {
			return errors.New("prices: assumptions.bytes: want each width once")
		}
	}
	return nil
}

// Of returns the bytes of a variant of a width in a format, jpeg if it is another than webp and avif. Between and beyond the
// measured widths, the logarithm of the bytes grows evenly with that of the width.
func (s Sizes) Of(width float64, format string) float64 {
	list := s.JPEG
	switch format {
	case "webp":
		list = s.WebP
	case "avif":
		list = s.AVIF
	}
	if !(width > 0) {
		width = s.Widths[len(s.Widths)-1]
	}
	i, _ := slices.BinarySearch(s.Widths, width)
	i = min(max(i, 1), len(s.Widths)-1)
	share := math.Log(width/s.Widths[i-1]) / math.Log(s.Widths[i]/s.Widths[i-1])
	return list[i-1] * math.Pow(list[i]/list[i-1], share)
}
