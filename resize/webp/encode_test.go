//go:build cgo

package webp_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

func engine() *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Codecs: webp.Codecs()})
}

func TestEngineWithWebP(t *testing.T) { resizetest.Run(t, engine()) }

// throughPNG lets the engine read a WebP, whose levels the standard decoders do not tell, as PNG.
func throughPNG(t *testing.T, body []byte) image.Image {
	t.Helper()
	out, err := engine().Resize(t.Context(), body, resize.Transform{Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	return resizetest.Decode(out[0])
}

// What goes in comes out: colours are not washed out on the way through video levels.
func TestEncode(t *testing.T) {
	photo := resizetest.Photo(201, 133)
	jpeg := resizetest.JPEG(photo, 95)
	whole := resize.Transform{Format: resize.WebP}
	for _, test := range []struct {
		name    string
		src     []byte
		quality int
		floor   float64
	}{
		{"from planes", jpeg, 80, 31},
		{"from planes, 4:4:4", jpeg, 95, 32},
		{"from RGB", resizetest.PNG(photo), 80, 31},
		{"lossless", resizetest.PNG(photo), 100, 99},
		{"lossless, from planes", jpeg, 100, 33},
	} {
		whole.Quality = test.quality
		out, err := engine().Resize(t.Context(), test.src, whole)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		back := throughPNG(t, out[0])
		if got := resizetest.PSNR(back, photo); got < test.floor {
			t.Errorf("%s: got %.1f dB, want %.0f", test.name, got, test.floor)
		}
		small := resizetest.Reference(back, back.Bounds(), 2, 1)
		want := resizetest.Reference(photo, photo.Rect, 2, 1)
		for i := range want.Pix {
			if d := int(small.Pix[i]) - int(want.Pix[i]); d > 2 || d < -2 {
				t.Errorf("%s: got means %v, want %v", test.name, small.Pix, want.Pix)
				break
			}
		}
	}
}

func TestEncodeAlpha(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for y := range 60 {
		for x := range 60 {
			m.SetNRGBA(x, y, color.NRGBA{200, 30, 30, uint8(x * 4)})
		}
	}
	for _, quality := range []int{80, 100} {
		out, err := engine().Resize(t.Context(), resizetest.PNG(m), resize.Transform{Format: resize.WebP, Quality: quality})
		if err != nil {
			t.Fatal(err)
		}
		back := throughPNG(t, out[0])
		for _, x := range []int{0, 15, 30, 59} {
			got := color.NRGBAModel.Convert(back.At(x, 30)).(color.NRGBA)
			if d := int(got.A) - 4*x; d > 6 || d < -6 || x > 20 && (got.R < 185 || got.G > 50) {
				t.Errorf("quality %d, column %d: got %v, want alpha %d", quality, x, got, 4*x)
			}
		}
	}
}

func TestEncodeAnimation(t *testing.T) {
	palette := color.Palette{color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}}
	g := gif.GIF{LoopCount: 0}
	for i := range 6 {
		frame := image.NewPaletted(image.Rect(0, 0, 40, 30), palette)
		for j := range frame.Pix {
			frame.Pix[j] = uint8(i % 2)
		}
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 7)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	out, err := engine().Resize(t.Context(), b.Bytes(), resize.Transform{Width: 20, Format: resize.WebP})
	if err != nil {
		t.Fatal(err)
	}
	h, err := resize.ProbeBytes(out[0])
	if err != nil || h.Format != resize.WebP || h.Frames != 6 || h.Width != 20 || h.Height != 15 {
		t.Errorf("got %+v, %v, want 6 frames of 20 × 15", h, err)
	}
	if c := color.NRGBAModel.Convert(throughPNG(t, out[0]).At(10, 7)).(color.NRGBA); c.R < 240 || c.B > 15 {
		t.Errorf("first frame: got %v, want red", c)
	}
}

func TestEncodeKeepsProfiles(t *testing.T) {
	icc := append(make([]byte, 131), "an odd number of bytes"...)
	for _, m := range []image.Image{resizetest.Photo(20, 10), image.NewYCbCr(image.Rect(0, 0, 20, 10), image.YCbCrSubsampleRatio420), image.NewNRGBA(image.Rect(0, 0, 20, 10))} {
		for _, quality := range []int{80, 100} {
			body, err := webp.Encode(m, resize.Encoding{Quality: quality, ICC: icc})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(body, icc) {
				t.Error("the profile is not there")
			}
			throughPNG(t, body)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	if _, err := webp.Encode(image.NewNRGBA(image.Rect(0, 0, 17_000, 1)), resize.Encoding{Quality: 80}); err == nil {
		t.Error("a side of 17,000: got no error")
	}
	if _, err := webp.EncodeAnimation(nil, 0, resize.Encoding{Quality: 80}); err == nil {
		t.Error("no frames: got no error")
	}
	if _, err := webp.EncodeAnimation([]resize.Frame{{Image: image.NewNRGBA(image.Rect(0, 0, 2, 2)), Delay: time.Second}, {Image: image.NewNRGBA(image.Rect(0, 0, 3, 3))}}, 0, resize.Encoding{Quality: 80}); err == nil {
		t.Error("frames of two sizes: got no error")
	}
}
