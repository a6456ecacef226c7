package quality_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize/quality"
)

func BenchmarkSSIMULACRA2(b *testing.B) {
	m := scene(800, 533)
	original, distorted := quality.Colour(m), quality.Colour(noise(8)(m))
	b.ReportAllocs()
	for b.Loop() {
		quality.SSIMULACRA2(original, distorted)
	}
}
