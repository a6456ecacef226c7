package resize_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Floors of what a JPEG that was decoded at a scale, resampled in integers and never whole in RGB may lack against a
// full decode and Lanczos3 in floating point, of all its samples.
const (
	floorSSIM = 0.994
	floorPSNR = 51.0 // dB
)

// Variants of JPEGs are as near to the reference as the floors say, at widths from 96 to 2560, also odd ones, and for
// an original of odd sides.
func TestQualityAgainstReference(t *testing.T) {
	if testing.Short() {
		t.Skip("pictures are the same under the race detector, and take a minute")
	}
	e := resize.NewEngine(resize.EngineConfig{})
	src := resizetest.JPEG(resizetest.Photo(2601, 1735), 92)
	m, err := jpeg.Decode(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	light := quality.Luma(m)
	for _, width := range []int{96, 161, 277, 320, 555, 801, 833, 1111, 1281, 1919, 2560} { // each alone: at the scale that is best for it, with little to spare at 277, 555, 833 and 1111
		out, err := e.Resize(t.Context(), src, resize.Transform{Width: width, Format: resize.PNG}.Normal())
		if err != nil {
			t.Fatal(err)
		}
		wantNear(t, width, out[0], light)
	}
}

func wantNear(t *testing.T, width int, variant []byte, light quality.Plane) {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(variant))
	if err != nil {
		t.Fatal(err)
	}
	got := quality.Luma(m)
	want := quality.Reduce(light, got.W, got.H)
	ssim, psnr := quality.SSIM(got, want), quality.PSNR(got, want)
	t.Logf("%d px: SSIM %.4f, PSNR %.1f dB", width, ssim, psnr)
	if got.W != width || ssim < floorSSIM || psnr < floorPSNR {
		t.Errorf("%d px: got %d px, SSIM %.4f, PSNR %.1f dB, want %.3f and %.0f", width, got.W, ssim, psnr, floorSSIM, floorPSNR)
	}
}
