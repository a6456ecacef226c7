package jpeg

import (
	"bytes"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"math"
	"testing"
)

// photo returns an image of slow and fast changes, with edges, as photographs have.
func photo(w, h int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for y := range h {
		for x := range w {
			fx, fy := float64(x)/97, float64(y)/89
			v := 128 + 60*math.Sin(fx*3+fy) + 40*math.Sin(fx*fy*5) + float64((x*31+y*17)%13)*3
			if (x/23+y/31)%5 == 0 {
				v = 255 - v
			}
			m.Y[y*m.YStride+x] = uint8(min(max(v, 0), 255))
		}
	}
	for i := range m.Cb {
		x, y := i%m.CStride, i/m.CStride
		m.Cb[i], m.Cr[i] = uint8(128+100*math.Sin(float64(x)/40)), uint8(128+90*math.Cos(float64(y)/33+float64(x)/70))
	}
	return m
}

// stdEncode encodes with image/jpeg.
func stdEncode(tb testing.TB, m image.Image, quality int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: quality}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// stdPlanes decodes a grey or YCbCr file with image/jpeg.
func stdPlanes(tb testing.TB, src []byte) []Plane {
	tb.Helper()
	m, err := stdjpeg.Decode(bytes.NewReader(src))
	if err != nil {
		tb.Fatal(err)
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	switch m := m.(type) {
	case *image.Gray:
		return []Plane{{Pix: m.Pix, Stride: m.Stride, W: w, H: h}}
	case *image.YCbCr:
		cw, ch := m.COffset(w-1, 0)+1, m.COffset(0, h-1)/m.CStride+1
		return []Plane{
			{Pix: m.Y, Stride: m.YStride, W: w, H: h},
			{Pix: m.Cb, Stride: m.CStride, W: cw, H: ch},
			{Pix: m.Cr, Stride: m.CStride, W: cw, H: ch},
		}
	}
	tb.Fatalf("image/jpeg returned a %T", m)
	return nil
}

// maxDifference returns the largest difference, in levels, between samples of two planes of the same size.
func maxDifference(t testing.TB, got, want Plane) int {
	t.Helper()
	if got.W != want.W || got.H != want.H {
		t.Fatalf("got a plane of %d×%d, want %d×%d", got.W, got.H, want.W, want.H)
	}
	most := 0
	for y := range want.H {
		for x := range want.W {
			d := int(got.Pix[y*got.Stride+x]) - int(want.Pix[y*want.Stride+x])
			most = max(most, d, -d)
		}
	}
	return most
}

// wantStdSamples checks that a JPEG is decoded to samples that differ by at most 1 from those of image/jpeg.
func wantStdSamples(t *testing.T, what string, src []byte) {
	t.Helper()
	out, err := Decode(src, DecodeOptions{})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for i, want := range stdPlanes(t, src) {
		if d := maxDifference(t, out.Planes[i], want); d > 1 {
			t.Errorf("%s, plane %d: %d levels from image/jpeg", what, i, d)
		}
	}
}

func TestDecodeMatchesImageJPEG(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 9}, {8, 8}, {16, 16}, {17, 15}, {33, 40}, {300, 201}} {
		for _, quality := range []int{1, 30, 75, 95, 100} {
			src := stdEncode(t, photo(size[0], size[1]), quality)
			wantStdSamples(t, fmt.Sprintf("%v at quality %d", size, quality), src)
		}
	}
}
