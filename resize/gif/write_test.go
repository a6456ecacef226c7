package gif_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/gif"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// write returns frames as an animation, and what is displayed at each of them.
func write(t *testing.T, frames ...*image.NRGBA) (file []byte, displayed []*image.NRGBA) {
	t.Helper()
	w := gif.NewWriter(0)
	for _, m := range frames {
		w.Add(m, 50*time.Millisecond)
	}
	file, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	a, err := gif.DecodeAll(file)
	if err != nil {
		t.Fatal(err)
	}
	for m := range a.Frames() {
		n := image.NewNRGBA(m.Rect)
		draw.Draw(n, n.Rect, m, image.Point{}, draw.Src)
		displayed = append(displayed, n)
	}
	if len(displayed) != len(frames) {
		t.Fatalf("got %d frames, want %d", len(displayed), len(frames))
	}
	return file, displayed
}

// paint returns an image of a size whose pixels are what f returns for their numbers.
func paint(w, h int, f func(i int) color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, f(i))
	}
	return m
}

// TestFewColors checks that images of up to 255 colours are written without loss, with and without transparent pixels,
// alone and as animations whose frames change a little.
func TestFewColors(t *testing.T) {
	for _, n := range []int{1, 2, 3, 16, 17, 254, 255} {
		for _, clear := range []bool{false, true} {
			var frames []*image.NRGBA
			for shift := range 3 {
				frames = append(frames, paint(40, 30, func(i int) color.NRGBA {
					if i = i + i/200*shift; clear && i%9 == 0 {
						return color.NRGBA{}
					}
					return color.NRGBA{uint8(i % n), uint8(i % n / 2), uint8(200 - i%n/3), 255}
				}))
			}
			_, displayed := write(t, frames...)
			for i, m := range displayed {
				if !bytes.Equal(m.Pix, frames[i].Pix) {
					t.Errorf("%d colours, some pixels transparent: %v: frame %d differs", n, clear, i)
				}
			}
			still, err := gif.Encode(frames[0])
			if err != nil {
				t.Fatal(err)
			}
			m, err := gif.Decode(still)
			if err != nil {
				t.Fatal(err)
			}
			got := image.NewNRGBA(m.Bounds())
			if draw.Draw(got, got.Rect, m, image.Point{}, draw.Src); !bytes.Equal(got.Pix, frames[0].Pix) {
				t.Errorf("%d colours, some pixels transparent: %v: the still image differs", n, clear)
			}
		}
	}
}

// TestPhotograph compares a photograph in 255 colours with its original.
func TestPhotograph(t *testing.T) {
	photo := resizetest.Photo(480, 320)
	_, displayed := write(t, photo)
	ssim := quality.SSIM(quality.Luma(displayed[0]), quality.Luma(photo))
	psnr := resizetest.PSNR(displayed[0], photo)
	if t.Logf("SSIM %.4f, PSNR %.1f dB", ssim, psnr); ssim < 0.96 || psnr < 38 {
		t.Errorf("got an SSIM of %.4f and %.1f dB, want 0.96 and 38", ssim, psnr)
	}
}

// TestGradient checks that a soft gradient has no bands: the means of small squares are those of the original, which
// are between the colours of the palette. The outermost squares are not, since no colour of a palette lies beyond them.
func TestGradient(t *testing.T) {
	sky := paint(256, 256, func(i int) color.NRGBA {
		x, y := i%256, i/256
		return color.NRGBA{uint8(40 + x/4), uint8(60 + y/3), uint8(150 + (x+y)/8), 255}
	})
	_, displayed := write(t, sky)
	const side = 8
	for y := side; y < 256-side; y += side {
		for x := side; x < 256-side; x += side {
			square := image.Rect(x, y, x+side, y+side)
			got, want := meanOf(displayed[0], square), meanOf(sky, square)
			for c := range got {
				if d := got[c] - want[c]; d > 1.6 || d < -1.6 {
					t.Fatalf("square at %d,%d: got a mean of %.1f, want %.1f", x, y, got, want)
				}
			}
		}
	}
}

// meanOf returns the means of red, green and blue in a part of an image.
func meanOf(m *image.NRGBA, part image.Rectangle) (mean [3]float64) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			for c := range mean {
				mean[c] += float64(m.Pix[m.PixOffset(x, y)+c]) / float64(part.Dx()*part.Dy())
			}
		}
	}
	return mean
}

// TestSameBytes checks that the same frames make the same file.
func TestSameBytes(t *testing.T) {
	a, _ := write(t, resizetest.Photo(90, 60), resizetest.Photo(90, 60))
	b, _ := write(t, resizetest.Photo(90, 60), resizetest.Photo(90, 60))
	if !bytes.Equal(a, b) {
		t.Error("got different bytes of the same frames")
	}
}

// FuzzWriter writes two frames of any pixels. They can be decoded, are transparent where they should be, and exact if
// they have few colours.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\xff\x03\x00\x00\x00"), uint8(1))
	f.Add(resizetest.Photo(24, 24).Pix, uint8(24))
	f.Fuzz(func(t *testing.T, pix []byte, width uint8) {
		w := max(int(width), 1)
		h := min(len(pix)/8/w, 32)
		if h == 0 {
			return
		}
		frame := func(from int) *image.NRGBA {
			return &image.NRGBA{Pix: bytes.Clone(pix[from : from+4*w*h]), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
		}
		frames := []*image.NRGBA{frame(0), frame(4 * w * h), frame(0)}
		want, colors := make([]*image.NRGBA, len(frames)), make(map[color.NRGBA]bool)
		for i, m := range frames {
			want[i] = paint(w, h, func(at int) color.NRGBA {
				c := m.NRGBAAt(at%w, at/w)
				if c.A < 128 {
					return color.NRGBA{}
				}
				c.A = 255
				colors[c] = true
				return c
			})
		}
		_, displayed := write(t, frames...)
		for i := range frames {
			for at := range w * h {
				got, want := displayed[i].NRGBAAt(at%w, at/w), want[i].NRGBAAt(at%w, at/w)
				if got.A != want.A || len(colors) <= 255 && got != want {
					t.Fatalf("frame %d, pixel %d: got %v, want %v", i, at, got, want)
				}
			}
		}
	})
}
