package quality_test

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestSSIM(t *testing.T) {
	p := quality.Luma(resizetest.Photo(200, 150))
	changed := func(f func(i int, v float32) float32) quality.Plane {
		q := quality.Plane{W: p.W, H: p.H, Pix: make([]float32, len(p.Pix))}
		for i, v := range p.Pix {
			q.Pix[i] = f(i, v)
		}
		return q
	}
	noise := func(level float32) quality.Plane {
		return changed(func(i int, v float32) float32 { return v + level*float32(2*(i*7919%13%2)-1) })
	}
	if got := quality.SSIM(p, p); math.Abs(got-1) > 1e-6 {
		t.Errorf("of equal planes: got %v, want 1", got)
	}
	last := 1.0
	for _, level := range []float32{1, 4, 16, 64} {
		got := quality.SSIM(p, noise(level))
		if got >= last || got < 0 {
			t.Errorf("with noise of %v: got %v, after %v with less", level, got, last)
		}
		last = got
	}
	if got := quality.SSIM(p, changed(func(_ int, v float32) float32 { return 255 - v })); got > 0.3 {
		t.Errorf("of the negative: got %v", got)
	}
	// Adding 10 leaves the structure: each window has (2μ(μ+10)+C1)/(μ²+(μ+10)²+C1), which is near 1.
	if got := quality.SSIM(p, changed(func(_ int, v float32) float32 { return v + 10 })); got < 0.98 || got > 0.9999 {
		t.Errorf("lighter: got %v", got)
	}
	if got := quality.SSIM(p, quality.Reduce(p, 100, 75)); got != 0 {
		t.Errorf("of another size: got %v, want 0", got)
	}
	tiny := quality.Luma(image.NewGray(image.Rect(0, 0, 3, 2)))
	if got := quality.SSIM(tiny, tiny); math.Abs(got-1) > 1e-6 {
		t.Errorf("of 3×2: got %v", got)
	}
}

func TestPSNR(t *testing.T) {
	flat := func(v uint8) quality.Plane {
		m := image.NewGray(image.Rect(0, 0, 10, 10))
		for i := range m.Pix {
			m.Pix[i] = v
		}
		return quality.Luma(m)
	}
	// 10 log10(255² / 5²)
	if got := quality.PSNR(flat(100), flat(105)); math.Abs(got-34.15) > 0.01 {
		t.Errorf("5 levels apart: got %v, want 34.15", got)
	}
	if got := quality.PSNR(flat(7), flat(7)); !math.IsInf(got, 1) {
		t.Errorf("equal: got %v", got)
	}
}

// Reduce agrees with the reference that engines are tested against.
func TestReduce(t *testing.T) {
	m := resizetest.Photo(301, 203)
	want := quality.Luma(resizetest.Reference(m, m.Bounds(), 97, 65))
	if got := quality.PSNR(quality.Reduce(quality.Luma(m), 97, 65), want); got < 50 {
		t.Errorf("got %.1f dB", got)
	}
}

func TestLuma(t *testing.T) {
	m := image.NewNRGBA(image.Rect(5, 5, 7, 6))
	m.SetNRGBA(5, 5, color.NRGBA{255, 0, 0, 255})
	m.SetNRGBA(6, 5, color.NRGBA{0, 0, 0, 0}) // white shows through
	if got := quality.Luma(m).Pix; math.Abs(float64(got[0])-76.245) > 0.01 || math.Abs(float64(got[1])-255) > 0.01 {
		t.Errorf("got %v, want 76.245 and 255", got)
	}
}

func Example() {
	original := resizetest.Photo(600, 400)
	want := quality.Reduce(quality.Luma(original), 150, 100)
	variant := resizetest.Reference(original, original.Bounds(), 150, 100)
	got := quality.Luma(variant)
	fmt.Printf("SSIM %.3f, at least 50 dB: %t\n", quality.SSIM(got, want), quality.PSNR(got, want) > 50)
	// Output: SSIM 1.000, at least 50 dB: true
}
