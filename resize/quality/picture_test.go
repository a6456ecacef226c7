package quality_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/imgorigin/imgorigin/resize/quality"
)

// White shows through transparent parts, whose colours do not matter.
func TestColour(t *testing.T) {
	m := image.NewNRGBA(image.Rect(5, 5, 7, 6))
	m.SetNRGBA(5, 5, color.NRGBA{0, 0, 255, 255})
	m.SetNRGBA(6, 5, color.NRGBA{255, 0, 0, 0})
	p := quality.Colour(m)
	got := [][]float32{p.Y.Pix, p.Cb.Pix, p.Cr.Pix}
	for i, want := range [][]float32{{29.07, 255}, {255.5, 128}, {107.265, 128}} {
		for x, v := range want {
			if math.Abs(float64(got[i][x]-v)) > 0.01 {
				t.Errorf("plane %d, pixel %d: got %v, want %v", i, x, got[i][x], v)
			}
		}
	}
}

// The planes of a JPEG are those of its part that is visible, whatever its chroma.
func TestColourOfYCbCr(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		m := image.NewYCbCr(image.Rect(0, 0, 101, 67), ratio)
		for y := range 67 {
			for x := range 101 {
				m.Y[m.YOffset(x, y)], m.Cb[m.COffset(x, y)], m.Cr[m.COffset(x, y)] = 128, uint8(x/4*2+90), uint8(y/4*2+90)
			}
		}
		part := m.SubImage(image.Rect(8, 4, 101, 67)).(*image.YCbCr)
		pixels := image.NewNRGBA(part.Rect)
		for y := 4; y < 67; y++ {
			for x := 8; x < 101; x++ {
				pixels.Set(x, y, part.At(x, y))
			}
		}
		got, want := quality.Colour(part).Reduce(46, 31), quality.Colour(pixels).Reduce(46, 31)
		if score := quality.SSIMULACRA2(want, got); score < 90 {
			t.Errorf("%v: got a score of %.2f", ratio, score)
		}
	}
}

// ramps returns a picture whose chroma rises evenly, and has a sample for stepX × stepY samples of luma, in their middle.
func ramps(w, h, stepX, stepY int) quality.Picture {
	plane := func(w, h int, f func(x, y int) int) quality.Plane {
		p := quality.Plane{W: w, H: h}
		for y := range h {
			for x := range w {
				p.Pix = append(p.Pix, float32(f(x, y))/2)
			}
		}
		return p
	}
	chromaW, chromaH := (w+stepX-1)/stepX, (h+stepY-1)/stepY
	return quality.Picture{
		Y:  plane(w, h, func(_, _ int) int { return 256 }),
		Cb: plane(chromaW, chromaH, func(x, _ int) int { return 100 + 2*stepX*x + stepX - 1 }),
		Cr: plane(chromaW, chromaH, func(_, y int) int { return 100 + 2*stepY*y + stepY - 1 }),
	}
}

// Chroma of half size lies where decoders of JPEG have it, also where the number of samples of luma is odd.
func TestChromaOfHalfSize(t *testing.T) {
	want := ramps(121, 97, 1, 1)
	for _, steps := range [][2]int{{2, 1}, {1, 2}, {2, 2}} {
		got := ramps(121, 97, steps[0], steps[1])
		if score := quality.SSIMULACRA2(want, got); score < 99 {
			t.Errorf("%v: got a score of %.2f", steps, score)
		}
		w, h := 60, 40
		reduced, wanted := got.Reduce(w, h), want.Reduce(w, h)
		for y := 4; y < h-4; y++ { // away from the edges, whose samples stand for those beyond them
			for x := 4; x < w-4; x++ {
				i := y*w + x
				if abs(reduced.Cb.Pix[i]-wanted.Cb.Pix[i]) > 0.1 || abs(reduced.Cr.Pix[i]-wanted.Cr.Pix[i]) > 0.1 {
					t.Fatalf("%v reduced: at %d,%d got %v and %v, want %v and %v", steps, x, y,
						reduced.Cb.Pix[i], reduced.Cr.Pix[i], wanted.Cb.Pix[i], wanted.Cr.Pix[i])
				}
			}
		}
	}
}

func abs(v float32) float64 { return math.Abs(float64(v)) }
