//go:build cgo

package webp_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// engine returns an engine that reads and writes WebP with libwebp.
func engine() *resize.Portable {
	return resize.NewEngine(resize.EngineConfig{Codecs: append(webp.Codecs(), webp.Decoders()...)})
}

func TestEngineWithWebP(t *testing.T) { resizetest.Run(t, engine()) }

// decode decodes a WebP with the engine, by way of PNG. The decoder of x/image/webp returns samples of video levels and
// labels them as full range; the engine corrects that.
func decode(t *testing.T, body []byte) image.Image {
	t.Helper()
	out, err := engine().Resize(t.Context(), body, resize.Transform{Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	return resizetest.Decode(out[0])
}

// An image decodes to about what was encoded, and to the same mean colours: the conversion to video levels and back does
// not wash them out.
func TestEncode(t *testing.T) {
	photo := resizetest.Photo(201, 133)
	jpeg := resizetest.JPEG(photo, 95)
	whole := resize.Transform{Format: resize.WebP}
	for _, test := range []struct {
		name    string
		src     []byte
		quality int
		minPSNR float64
	}{
		{"YCbCr 4:2:0", jpeg, 80, 31},
		{"YCbCr 4:4:4", jpeg, 95, 32},
		{"RGB", resizetest.PNG(photo), 80, 31},
		{"lossless", resizetest.PNG(photo), 100, 99},
		{"lossless YCbCr", jpeg, 100, 33},
	} {
		whole.Quality = test.quality
		out, err := engine().Resize(t.Context(), test.src, whole)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		back := decode(t, out[0])
		if got := resizetest.PSNR(back, photo); got < test.minPSNR {
			t.Errorf("%s: got %.1f dB, want %.0f", test.name, got, test.minPSNR)
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

// Alpha and the colours that are seen through it are kept, both lossy and lossless.
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
		back := decode(t, out[0])
		for _, x := range []int{0, 15, 30, 59} {
			got := color.NRGBAModel.Convert(back.At(x, 30)).(color.NRGBA)
			if d := int(got.A) - 4*x; d > 6 || d < -6 || x > 20 && (got.R < 185 || got.G > 50) {
				t.Errorf("quality %d, column %d: got %v, want alpha %d", quality, x, got, 4*x)
			}
		}
	}
}

// An ICC profile is in the file, whose image still decodes. A chunk of an odd size is padded.
func TestEncodeICC(t *testing.T) {
	icc := append(make([]byte, 131), "an odd number of bytes"...)
	bounds := image.Rect(0, 0, 20, 10)
	images := []image.Image{
		resizetest.Photo(20, 10), image.NewYCbCr(bounds, image.YCbCrSubsampleRatio420), image.NewNRGBA(bounds),
	}
	for _, m := range images {
		for _, quality := range []int{80, 100} {
			body, err := webp.Encode(m, resize.Encoding{Quality: quality, ICC: icc})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(body, icc) {
				t.Errorf("%T at quality %d: the profile is not in the file", m, quality)
			}
			decode(t, body)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 17_000, 1))
	if _, err := webp.Encode(wide, resize.Encoding{Quality: 80}); err == nil {
		t.Error("a width of 17,000: got no error")
	}
}

// Drawings are encoded lossless where that is smaller, whether a quality is requested or not; photographs and images that
// were JPEG are not.
func TestLosslessDrawings(t *testing.T) {
	photo := resizetest.Photo(200, 150)
	drawing := image.NewNRGBA(photo.Rect)
	onWhite := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	for i := range onWhite.Pix {
		onWhite.Pix[i] = 255
	}
	for y := range 150 {
		for x := range 200 {
			c := color.NRGBA{250, 250, 250, 255}
			if (x/3+y/7)%9 == 0 || x > 150 {
				c = color.NRGBA{30, 60, 120, 255}
			}
			drawing.SetNRGBA(x, y, c)
			onWhite.SetNRGBA(x+100, y+75, photo.NRGBAAt(x, y))
		}
	}
	grey := image.NewGray(drawing.Rect)
	for i := range grey.Pix {
		grey.Pix[i] = drawing.Pix[4*i]
	}
	for _, test := range []struct {
		name    string
		src     []byte
		quality int
		want    string
	}{
		{"a drawing", resizetest.PNG(drawing), 0, "VP8L"},
		{"a grey drawing", resizetest.PNG(grey), 0, "VP8L"},
		{"a drawing at quality 75", resizetest.PNG(drawing), 75, "VP8L"},
		{"a grey drawing at quality 75", resizetest.PNG(grey), 75, "VP8L"},
		{"a photograph at quality 75", resizetest.PNG(photo), 75, "VP8 "},
		{"a photograph on white at quality 75", resizetest.PNG(onWhite), 75, "VP8 "},
		{"a drawing as JPEG", resizetest.JPEG(drawing, 90), 0, "VP8 "},
		{"a photograph", resizetest.PNG(photo), 0, "VP8 "},
		{"a photograph on white", resizetest.PNG(onWhite), 0, "VP8 "},
	} {
		out, err := engine().Resize(t.Context(), test.src, resize.Transform{Format: resize.WebP, Quality: test.quality})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out[0][12:16]); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		m := image.NewNRGBA(resizetest.Decode(test.src).Bounds())
		draw.Draw(m, m.Rect, resizetest.Decode(test.src), image.Point{}, draw.Src)
		lossy, err := webp.Encode(m, resize.Encoding{Quality: 75})
		if err != nil {
			t.Fatal(err)
		}
		if test.want == "VP8L" && len(out[0]) > len(lossy) {
			t.Errorf("%s: got %d bytes lossless, %d lossy", test.name, len(out[0]), len(lossy))
		}
	}
}

// Alpha of lossy images is off by a level at most; what is opaque or transparent stays so. Lossless images keep all of it.
func TestAlpha(t *testing.T) {
	m := resizetest.Photo(256, 64)
	for i := range 256 * 64 {
		m.Pix[4*i+3] = uint8(i % 256)
	}
	for _, quality := range []int{50, 80, 100} {
		body, err := webp.Encode(m, resize.Encoding{Quality: quality})
		if err != nil {
			t.Fatal(err)
		}
		back := decode(t, body)
		for x := range 256 {
			_, _, _, alpha := back.At(x, x/4).RGBA()
			off := int(alpha>>8) - x
			if off < -1 || off > 1 || off != 0 && (x == 0 || x == 255 || quality == 100) {
				t.Errorf("quality %d: got an alpha of %d, want %d", quality, alpha>>8, x)
			}
		}
	}
}
