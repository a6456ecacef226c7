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

// Floors for a JPEG that is decoded at a reduced scale and resampled in integers, without a conversion to RGB, against
// a JPEG that is decoded at full scale and resampled with Lanczos3 in floating point.
const (
	floorSSIM = 0.994
	floorPSNR = 51.0 // dB
)

// TestQualityAgainstReference compares variants of a JPEG of odd size with the reference, at odd and even widths from
// 96 to 2560.
func TestQualityAgainstReference(t *testing.T) {
	if testing.Short() {
		t.Skip("pixels are the same under the race detector, and take a minute")
	}
	e := resize.NewEngine(resize.EngineConfig{})
	src := resizetest.JPEG(resizetest.Photo(2601, 1735), 92)
	m, err := jpeg.Decode(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	light := quality.Luma(m)
	// Each width has a decode of its own, at the scale that is best for it. At 277, 555, 833 and 1111 that is only just
	// above the decodeMargin.
	for _, width := range []int{96, 161, 277, 320, 555, 801, 833, 1111, 1281, 1919, 2560} {
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
		t.Errorf("%d px: got %d px, SSIM %.4f, PSNR %.1f dB, want %.3f and %.0f",
			width, got.W, ssim, psnr, floorSSIM, floorPSNR)
	}
}
