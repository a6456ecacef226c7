package jpeg

import (
	"math"
	"testing"
)

// Chroma that is reduced, and enlarged by the decoder, is nearer to what it was if it was sharpened.
func TestSharpenChroma(t *testing.T) {
	const w, h = 128, 96
	whole := newPlane(w, h)
	for i := range whole.Pix {
		x, y := float64(i%w), float64(i/w)
		whole.Pix[i] = level8(128 + 60*math.Tanh(math.Sin(x/7+y/19)*4) + 30*math.Sin(y/5))
	}
	in := halved(&Raster{Model: YCbCr, Planes: []Plane{newPlane(w, h), whole, whole}})
	var db [2]float64
	for i, sharpen := range []bool{false, true} {
		body, err := Encode(in, EncodeOptions{Quality: 85, SharpenChroma: sharpen})
		if err != nil {
			t.Fatal(err)
		}
		out, err := Decode(body, DecodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		db[i] = psnr(interpolated(out.Planes[1]), whole)
	}
	if t.Logf("%.2f dB, sharpened %.2f", db[0], db[1]); db[1] < db[0]+0.5 {
		t.Errorf("got %.2f dB, %.2f without sharpening", db[1], db[0])
	}
}

// interpolated doubles the size of a plane as libjpeg does: a sample is 3/4 and 1/4 of the two nearest, in either direction.
func interpolated(p Plane) Plane {
	out := newPlane(2*p.W, 2*p.H)
	at := func(x, y int) int { return int(p.Pix[min(max(y, 0), p.H-1)*p.Stride+min(max(x, 0), p.W-1)]) }
	for y := range out.H {
		for x := range out.W {
			nearX, nearY := x/2, y/2
			farX, farY := nearX+x%2*2-1, nearY+y%2*2-1
			sum := 9*at(nearX, nearY) + 3*at(farX, nearY) + 3*at(nearX, farY) + at(farX, farY)
			out.Pix[y*out.W+x] = uint8((sum + 8) / 16)
		}
	}
	return out
}
