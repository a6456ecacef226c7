//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/wasm"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// webpCodec is the codec of WebP.
func webpCodec(t *testing.T) resize.Codec {
	t.Helper()
	for _, c := range wasm.Codecs() {
		if c.Format == resize.WebP {
			return c
		}
	}
	t.Skip("this system executes no modules")
	return resize.Codec{}
}

func encodeWebP(t *testing.T, m image.Image, o resize.Encoding) []byte {
	t.Helper()
	body, err := webpCodec(t).Encode(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// planesOf returns a photo as an engine gives it to codecs.
func planesOf(m image.Image) image.Image {
	planes := image.NewYCbCr(m.Bounds(), image.YCbCrSubsampleRatio420)
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			c := color.YCbCrModel.Convert(m.At(x, y)).(color.YCbCr)
			planes.Y[planes.YOffset(x, y)] = c.Y
			planes.Cb[planes.COffset(x, y)], planes.Cr[planes.COffset(x, y)] = c.Cb, c.Cr
		}
	}
	return planes
}

// TestEncodeWebP checks that images look like what was encoded, and that files are those of package webp, byte for byte, where that
// is built.
func TestEncodeWebP(t *testing.T) {
	photo := resizetest.Photo(97, 63)
	halved := image.NewNRGBA(photo.Rect)
	draw.Draw(halved, image.Rect(20, 20, 70, 50), photo, image.Pt(20, 20), draw.Src)
	for _, test := range []struct {
		name     string
		image    image.Image
		encoding resize.Encoding
		minPSNR  float64
	}{
		{"RGB", photo, resize.Encoding{Quality: 80}, 30},
		{"thorough", photo, resize.Encoding{Quality: 80, Thorough: true}, 30},
		{"planes", planesOf(photo), resize.Encoding{Quality: 80}, 30},
		{"grey", greyOf(photo), resize.Encoding{Quality: 80}, 31},
		{"alpha of two levels", halved, resize.Encoding{Quality: 80}, 31},
		{"quality 100", photo, resize.Encoding{Quality: 100}, 99},
		{"lossless", halved, resize.Encoding{Quality: 5, Lossless: true}, 99},
		{"lossless grey", greyOf(photo), resize.Encoding{Lossless: true, Thorough: true}, 99},
		{"worst", photo, resize.Encoding{Quality: 1}, 18},
		{"a pixel", resizetest.Photo(1, 1), resize.Encoding{Quality: 80}, 28},
		{"a row", resizetest.Photo(16383, 1), resize.Encoding{Quality: 80}, 30},
	} {
		body := encodeWebP(t, test.image, test.encoding)
		if got := resizetest.PSNR(decodeAs(t, body, resize.Transform{}), test.image); got < test.minPSNR {
			t.Errorf("%s: got %.1f dB, want %.0f", test.name, got, test.minPSNR)
		}
		if compiled := webp.Codecs(); len(compiled) > 0 {
			if want, err := compiled[0].Encode(test.image, test.encoding); err != nil || !bytes.Equal(body, want) {
				t.Errorf("%s: got %d bytes, by cgo %d, %v", test.name, len(body), len(want), err)
			}
		}
	}
}

// TestEncodeWebPAlpha checks that alpha is off by a level at most, and that a profile does not lose it.
func TestEncodeWebPAlpha(t *testing.T) {
	m := resizetest.Photo(64, 64)
	for i := range 64 * 64 {
		m.Pix[4*i+3] = uint8(i / 16)
	}
	icc := append(make([]byte, 131), "an odd number of bytes"...)
	for _, quality := range []int{80, 100} {
		body := encodeWebP(t, m, resize.Encoding{Quality: quality, ICC: icc})
		if h, err := resize.ProbeBytes(body); err != nil || h.Channels != 4 || !bytes.Contains(body, icc) {
			t.Errorf("quality %d: got %+v, %v", quality, h, err)
		}
		got := encodedAlpha(t, body)
		for i := range 64 * 64 {
			if off := int(got.NRGBAAt(i%64, i/64).A) - i/16; off < -1 || off > 1 || off != 0 && quality == 100 {
				t.Fatalf("quality %d: got an alpha of %d, want %d", quality, off+i/16, i/16)
			}
		}
	}
}

func encodedAlpha(t *testing.T, body []byte) *image.NRGBA {
	m := decodeAs(t, body, resize.Transform{})
	n := image.NewNRGBA(m.Bounds())
	draw.Draw(n, n.Rect, m, image.Point{}, draw.Src)
	return n
}

// TestEncodeWebPErrors checks what no file can hold, and images that engines do not make.
func TestEncodeWebPErrors(t *testing.T) {
	for name, m := range map[string]image.Image{
		"a side of 16,384": image.NewNRGBA(image.Rect(0, 0, 16384, 1)),
		"no pixels":        image.NewNRGBA(image.Rectangle{}),
		"CMYK":             image.NewCMYK(image.Rect(0, 0, 1, 1)),
	} {
		if _, err := webpCodec(t).Encode(m, resize.Encoding{Quality: 80}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	a := webpCodec(t).Animate(0, resize.Encoding{Quality: 80})
	defer a.Close()
	if _, err := a.Finish(); err == nil {
		t.Error("no frames: got no error")
	}
	if err := a.Add(resize.Frame{Image: resizetest.Photo(2, 2)}); err != nil {
		t.Error(err)
	}
	if err := a.Add(resize.Frame{Image: resizetest.Photo(3, 2)}); err == nil {
		t.Error("frames of two sizes: got no error")
	}
}

// TestEncodeWebPDeadline checks that an encoder ends with its job, in the middle of an image.
func TestEncodeWebPDeadline(t *testing.T) {
	photo := resizetest.Photo(800, 600)
	encodeWebP(t, resizetest.Photo(8, 8), resize.Encoding{Quality: 60}) // translates the module
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	within := webpCodec(t).Within(ctx)
	if _, err := within.Encode(photo, resize.Encoding{Quality: 100, Thorough: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an image: got %v, want %v", err, context.DeadlineExceeded)
	}
	a := within.Animate(0, resize.Encoding{Quality: 80})
	defer a.Close()
	if err := a.Add(resize.Frame{Image: resizetest.Photo(8, 8)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a frame: got %v, want %v", err, context.DeadlineExceeded)
	}
}

// Frames of few colours are kept without loss, if that is smaller.
func TestEncodeWebPFilmOfFewColours(t *testing.T) {
	a := webpCodec(t).Animate(0, resize.Encoding{Quality: 60})
	defer a.Close()
	var last *image.NRGBA
	for i := range 2 {
		last = resizetest.Plain(80, 60, [4]uint8{255, 255, 255, 255})
		for at := range 20 {
			dot := image.Rect(4*at, 5+7*i, 4*at+2, 40+at)
			draw.Draw(last, dot, image.NewUniform(color.NRGBA{200, uint8(30 * i), 40, 255}), image.Point{}, draw.Src)
		}
		if err := a.Add(resize.Frame{Image: last, Delay: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if lossy := bytes.Count(body, []byte("VP8 ")); lossy != 0 || bytes.Count(body, []byte("VP8L")) != 2 {
		t.Errorf("got %d frames with loss, want none", lossy)
	}
}
