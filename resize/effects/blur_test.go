package effects_test

import (
	"image"
	"math"
	"testing"

	"github.com/disintegration/imaging"

	"github.com/imgorigin/imgorigin/resize/effects"
)

// TestBlur compares with the filter of the whole image: reducing it first must not be visible.
func TestBlur(t *testing.T) {
	if testing.Short() {
		t.Skip("the slow blur that it is held to takes long with the race detector")
	}
	m := image.NewNRGBA(image.Rect(0, 0, 301, 203))
	for i := range m.Pix {
		m.Pix[i] = uint8(128 + 100*math.Sin(float64(i%1204)/40)*math.Cos(float64(i/1204)/9))
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	for _, sigma := range []float64{2, 7.9, 8, 12, 30, 100} {
		got, want := effects.Blur(m, sigma), imaging.Blur(m, sigma)
		most := 0
		for i := range want.Pix {
			most = max(most, int(got.Pix[i])-int(want.Pix[i]), int(want.Pix[i])-int(got.Pix[i]))
		}
		if got.Rect != want.Rect || most > 4 {
			t.Errorf("sigma %g: got %v, off by %d levels, want %v and at most 4", sigma, got.Rect, most, want.Rect)
		}
	}
}
