package quant_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// The steps of a file tell its quality, by whichever tables it was written.
func TestQuality(t *testing.T) {
	for name, tables := range map[string]func(int) quant.Tables{"own": quant.Of, "standard": quant.Standard} {
		for quality := 1; quality <= 100; quality++ {
			var steps [64]int
			for k, place := range quant.Zigzag {
				steps[k] = int(tables(quality)[0][place])
			}
			// The steps of the lowest qualities are all at their bound.
			if got := quant.Quality(&steps); got != quality && !(quality < 7 && got < quality) {
				t.Errorf("%s tables, quality %d: got %d", name, quality, got)
			}
		}
	}
}

// A higher quality has finer steps, and the highest has steps of 1.
func TestOf(t *testing.T) {
	for quality := 2; quality <= 100; quality++ {
		coarse, fine := quant.Of(quality-1), quant.Of(quality)
		for i := range fine {
			for k := range fine[i] {
				if fine[i][k] > coarse[i][k] || fine[i][k] == 0 || quality == 100 && fine[i][k] != 1 {
					t.Fatalf("quality %d: step %d of table %d is %d, at %d it is %d", quality, k, i, fine[i][k], quality-1, coarse[i][k])
				}
			}
		}
	}
	if quant.Of(-1) != quant.Of(1) || quant.Of(101) != quant.Of(100) {
		t.Error("a quality beyond the bounds is not clamped")
	}
}
