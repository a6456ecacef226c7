package decode_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/imgorigin/imgorigin/resize/decode"
	"github.com/imgorigin/imgorigin/resize/raster"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// An image has no more planes than it needs.
func TestPNG(t *testing.T) {
	clear, opaque := resizetest.Photo(20, 10), resizetest.Photo(20, 10)
	clear.SetNRGBA(3, 4, color.NRGBA{})
	for name, test := range map[string]struct {
		m      image.Image
		space  raster.Space
		planes int
	}{
		"grey":        {image.NewGray(image.Rect(0, 0, 20, 10)), raster.Grey, 1},
		"opaque":      {opaque, raster.RGB, 3},
		"transparent": {clear, raster.RGB, 4},
	} {
		got, err := decode.PNG(resizetest.PNG(test.m))
		if err != nil {
			t.Fatal(err)
		}
		if got.Space != test.space || len(got.Planes) != test.planes || got.Alpha != (test.planes == 4) {
			t.Errorf("%s: got space %d, %d planes, alpha %t", name, got.Space, len(got.Planes), got.Alpha)
		}
		if db := resizetest.PSNR(got.Whole(), test.m); db < 60 {
			t.Errorf("%s: got %.1f dB", name, db)
		}
	}
}

// A JPEG is decoded as far as a variant needs it, and says of which part of the whole image its planes are.
func TestJPEG(t *testing.T) {
	src := resizetest.JPEG(resizetest.Photo(640, 480), 90)
	part := image.Rect(200, 100, 400, 300)
	got, err := decode.JPEG(src, 4, part, false)
	if err != nil {
		t.Fatal(err)
	}
	luma := got.Planes[0]
	covered := image.Rect(got.X, got.Y, got.X+int(float64(luma.W)*luma.StepX), got.Y+int(float64(luma.H)*luma.StepY))
	if got.W != 640 || got.H != 480 || got.Space != raster.YCC || !part.In(covered) {
		t.Errorf("got %d × %d, space %d, %v, want 640 × 480 and %v", got.W, got.H, got.Space, covered, part)
	}
	if luma.StepX < 2 || luma.StepX*decode.JPEGMargin > 4 || covered.Dx() > 300 {
		t.Errorf("got a sample for %g pixels of %v", luma.StepX, covered)
	}
}

// Chroma of an image that has at most four columns is repeated, as browsers do, and not interpolated: in so few, that would move
// edges by a pixel.
func TestJPEGNarrow(t *testing.T) {
	for _, size := range []image.Point{{3, 5}, {4, 4}, {2, 9}, {1, 3}} {
		m := image.NewNRGBA(image.Rectangle{Max: size})
		for y := range size.Y {
			for x := range size.X {
				m.SetNRGBA(x, y, color.NRGBA{uint8(230 - 70*x), 60, uint8(20 + 20*y), 255})
			}
		}
		src := resizetest.JPEG(m, 95)
		got, err := decode.JPEG(src, 1, image.Rectangle{}, false)
		if err != nil {
			t.Fatal(err)
		}
		want, err := jpeg.Decode(bytes.NewReader(src)) // which always repeats
		if err != nil {
			t.Fatal(err)
		}
		if psnr := resizetest.PSNR(got.Whole(), want); psnr < 45 {
			t.Errorf("%v: got %.1f dB", size, psnr)
		}
	}
}
