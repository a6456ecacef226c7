//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm_test

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// mapped returns an image of w × h pixels, each of which is that of m at a point.
func mapped(m image.Image, w, h int, at func(x, y int) (int, int)) *image.NRGBA {
	n := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			n.Set(x, y, m.At(at(x, y)))
		}
	}
	return n
}

// as709 returns what an image looks like whose luma and chroma, by the matrix of JFIF, are taken for those of BT.709
// with video levels.
func as709(m image.Image) *image.NRGBA {
	n := image.NewNRGBA(m.Bounds())
	for y := range n.Rect.Dy() {
		for x := range n.Rect.Dx() {
			c := color.YCbCrModel.Convert(m.At(x, y)).(color.YCbCr)
			luma := (float64(c.Y) - 16) * 255 / 219
			cb, cr := (float64(c.Cb)-128)*255/224, (float64(c.Cr)-128)*255/224
			n.SetNRGBA(x, y, color.NRGBA{level(luma + 1.5748*cr), level(luma - 0.1873*cb - 0.4681*cr), level(luma + 1.8556*cb), 255})
		}
	}
	return n
}

func level(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

// Files of testdata look like the photo that they were made from, however they store it.
func TestLayouts(t *testing.T) {
	photo := resizetest.Photo(96, 64)
	part := image.NewNRGBA(image.Rect(0, 0, 45, 33))
	draw.Draw(part, part.Rect, photo, image.Pt(10, 7), draw.Src)
	quarter := image.NewNRGBA(image.Rect(0, 0, 40, 60))
	for y := range 60 {
		for x := range 40 {
			c := color.NRGBA{220, 20, 90, 255}
			if y < 30 {
				c.R = 30
			}
			if x < 20 {
				c.G = 200
			}
			quarter.SetNRGBA(x, y, c)
		}
	}
	grey := image.NewGray(photo.Bounds())
	draw.Draw(grey, grey.Rect, photo, image.Point{}, draw.Src)
	for name, want := range map[string]image.Image{
		"odd.heic":        part, // smaller than the least rows of a decoder
		"odd.avif":        part,
		"10bitsgrey.heic": grey,
		"10bits.heic":     photo, // chroma of 4:2:0 costs 10 dB in this photo
		"10bits444.heic":  photo,
		"limited.heic":    as709(photo), // named so by the stream alone
		"grid.avif":       resizetest.Photo(192, 128),
		"mirrored.avif":   mapped(photo, 96, 64, func(x, y int) (int, int) { return 95 - x, y }),
		"quarter.avif":    quarter,                                                          // turned by irot alone
		"turned.avif":     mapped(photo, 64, 96, func(x, y int) (int, int) { return y, x }), // turned, then mirrored
	} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		got := decodeAs(t, src, resize.Transform{})
		if got.Bounds() != want.Bounds() {
			t.Errorf("%s: got %v, want %v", name, got.Bounds(), want.Bounds())
			continue
		}
		if psnr := resizetest.PSNR(got, want); psnr < 34 && !(strings.HasPrefix(name, "10bits") && psnr > 30) {
			t.Errorf("%s: got %.1f dB", name, psnr)
		} else {
			t.Logf("%s: %.1f dB", name, psnr)
		}
	}
}

// Grey of video levels, 16…235, is expanded. The left half is a ramp over all of them, and the right half has 126.
func TestLimitedGrey(t *testing.T) {
	for _, name := range []string{"greylimited.avif", "greylimited.heic"} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		m := decodeAs(t, src, resize.Transform{})
		for at, want := range map[image.Point]int{{10, 0}: 0, {10, 24}: 130, {10, 47}: 255, {50, 20}: 128} {
			if got := int(color.GrayModel.Convert(m.At(at.X, at.Y)).(color.Gray).Y); got < want-2 || got > want+2 {
				t.Errorf("%s: got %d at %v, want %d", name, got, at, want)
			}
		}
	}
}

// wave returns what the tiles of grid.heic were made from, each by itself: four of 64 × 64 pixels, of which 100 × 75 are displayed,
// as cameras of phones store images.
func wave() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 100, 75))
	for y := range 75 {
		for x := range 100 {
			fx, fy := float64(x), float64(y)
			luma := 128 + 60*math.Sin(fx/23)*math.Cos(fy/31) + 20*math.Sin((fx+fy)/7)
			cb, cr := 128+30*math.Sin(fx/40), 128+30*math.Cos(fy/37)
			red, green, blue := color.YCbCrToRGB(level(luma), level(cb), level(cr))
			m.SetNRGBA(x, y, color.NRGBA{red, green, blue, 255})
		}
	}
	return m
}

// The tiles of a grid meet without a seam: pixels beside it are as near to the original as others.
func TestSeams(t *testing.T) {
	src, err := os.ReadFile("testdata/grid.heic")
	if err != nil {
		t.Fatal(err)
	}
	got, want := decodeAs(t, src, resize.Transform{}), wave()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("got %v, want %v", got.Bounds(), want.Bounds())
	}
	for name, part := range map[string]image.Rectangle{
		"all": want.Rect, "seam of columns": image.Rect(62, 0, 66, 75), "seam of rows": image.Rect(0, 62, 100, 66),
		"last column": image.Rect(99, 0, 100, 75), "last row": image.Rect(0, 74, 100, 75),
	} {
		cut := func(m image.Image) image.Image {
			out := image.NewNRGBA(image.Rectangle{Max: part.Size()})
			draw.Draw(out, out.Rect, m, part.Min, draw.Src)
			return out
		}
		if psnr := resizetest.PSNR(cut(got), cut(want)); psnr < 36 {
			t.Errorf("%s: got %.1f dB", name, psnr)
		} else {
			t.Logf("%s: %.1f dB", name, psnr)
		}
	}
}
