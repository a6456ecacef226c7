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
)

// avif is the codec of AVIF.
func avif(t *testing.T) resize.Codec {
	t.Helper()
	for _, c := range wasm.Codecs() {
		if c.Format == resize.AVIF {
			return c
		}
	}
	t.Skip("this system executes no modules")
	return resize.Codec{}
}

func encodeAs(t *testing.T, m image.Image, o resize.Encoding) []byte {
	t.Helper()
	body, err := avif(t).Encode(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func greyOf(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	draw.Draw(g, g.Rect, m, image.Point{}, draw.Src)
	return g
}

// What is encoded looks like the image, has its size, and says how many channels there are.
func TestEncodeAVIF(t *testing.T) {
	photo := resizetest.Photo(97, 63)
	for _, test := range []struct {
		name     string
		image    image.Image
		encoding resize.Encoding
		minPSNR  float64
	}{
		{"odd", photo, resize.Encoding{Quality: 60}, 30},
		{"thorough", photo, resize.Encoding{Quality: 60, Thorough: true}, 30},
		{"full chroma", photo, resize.Encoding{Quality: 95}, 40},
		{"best", photo, resize.Encoding{Quality: 100}, 48},
		{"worst", photo, resize.Encoding{Quality: 1}, 15},
		{"grey", greyOf(photo), resize.Encoding{Quality: 60}, 30},
		{"a pixel", resizetest.Photo(1, 1), resize.Encoding{Quality: 60}, 35},
		{"a column", resizetest.Photo(1, 64), resize.Encoding{Quality: 60}, 35},
		{"a row", resizetest.Photo(17, 1), resize.Encoding{Quality: 60}, 30},
	} {
		body := encodeAs(t, test.image, test.encoding)
		h, err := resize.ProbeBytes(body)
		if size := test.image.Bounds().Size(); err != nil || h.Format != resize.AVIF || image.Pt(h.Width, h.Height) != size || h.Channels != 3 {
			t.Errorf("%s: got %+v, %v", test.name, h, err)
		}
		if got := resizetest.PSNR(decodeAs(t, body, resize.Transform{}), test.image); got < test.minPSNR {
			t.Errorf("%s: got %.1f dB, want %.0f", test.name, got, test.minPSNR)
		} else {
			t.Logf("%s: %d bytes, %.1f dB", test.name, len(body), got)
		}
	}
	longest := encodeAs(t, image.NewNRGBA(image.Rect(0, 0, 1, 32768)), resize.Encoding{Quality: 60})
	if got := decodeAs(t, longest, resize.Transform{}).Bounds(); got != image.Rect(0, 0, 1, 32768) {
		t.Errorf("the longest column: got %v", got)
	}
	if _, err := avif(t).Encode(image.NewNRGBA(image.Rectangle{}), resize.Encoding{Quality: 60}); err == nil {
		t.Error("an empty image: got no error")
	}
}

// Luma and chroma as an engine gives them are encoded as RGB is.
func TestEncodeAVIFPlanes(t *testing.T) {
	photo := resizetest.Photo(96, 64)
	src := resizetest.JPEG(photo, 95)
	out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 48, Format: resize.AVIF, Quality: 80})
	if err != nil {
		t.Fatal(err)
	}
	want := resizetest.Reference(photo, photo.Bounds(), 48, 32)
	if got := resizetest.PSNR(decodeAs(t, out[0], resize.Transform{}), want); got < 27 {
		t.Errorf("got %.1f dB, want 27", got)
	}
}

// Alpha is a second image, with which the colours are not premultiplied: what is nearly transparent keeps its colour.
func TestEncodeAVIFAlpha(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 33))
	for y := range 33 {
		for x := range 64 {
			m.SetNRGBA(x, y, color.NRGBA{200, 40, 90, uint8(4*x + 2)})
		}
	}
	body := encodeAs(t, m, resize.Encoding{Quality: 80})
	if h, err := resize.ProbeBytes(body); err != nil || h.Channels != 4 {
		t.Errorf("got %+v, %v, want 4 channels", h, err)
	}
	got := decodeAs(t, body, resize.Transform{})
	for x := range 64 {
		c := color.NRGBAModel.Convert(got.At(x, 16)).(color.NRGBA)
		d := 10 + 200/max(int(c.A), 1) // decoders premultiply, which leaves a colour as many levels as alpha has
		if far(c.A, 4*x+2, 4) || far(c.R, 200, d) || far(c.G, 40, d) || far(c.B, 90, d) {
			t.Errorf("column %d: got %v", x, c)
		}
	}
}

func far(got uint8, want, most int) bool { return int(got)-want > most || want-int(got) > most }

// A profile is stored as it is, whatever else the file holds.
func TestEncodeAVIFProfile(t *testing.T) {
	photo, icc := resizetest.Photo(32, 16), bytes.Repeat([]byte("a profile"), 99)
	fade := image.NewNRGBA(photo.Rect)
	copy(fade.Pix, photo.Pix)
	fade.Pix[3] = 7
	for _, m := range []image.Image{photo, fade} {
		body := encodeAs(t, m, resize.Encoding{Quality: 60, ICC: icc})
		d, err := avif(t).Decode(body, 1)
		if err != nil || !bytes.Equal(d.ICC, icc) {
			t.Errorf("got %d bytes, %v, want %d", len(d.ICC), err, len(icc))
			continue
		}
		if got := resizetest.PSNR(d.Image, photo); got < 25 && m == image.Image(photo) {
			t.Errorf("got %.1f dB", got)
		}
	}
}

// A file does not depend on what was encoded before.
func TestEncodeAVIFAgain(t *testing.T) {
	photo := resizetest.Photo(96, 64)
	first := encodeAs(t, photo, resize.Encoding{Quality: 60})
	encodeAs(t, resizetest.Photo(33, 200), resize.Encoding{Quality: 95})
	if !bytes.Equal(encodeAs(t, photo, resize.Encoding{Quality: 60}), first) {
		t.Error("the same image became another file")
	}
}

// An encoder ends when the context of its job does, in the middle of an image, and the next image is encoded.
func TestEncodeAVIFDeadline(t *testing.T) {
	photo := resizetest.Photo(1200, 800)
	encodeAs(t, resizetest.Photo(8, 8), resize.Encoding{Quality: 60}) // translates the module
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := avif(t).Within(ctx).Encode(photo, resize.Encoding{Quality: 60, Thorough: true}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	encodeAs(t, resizetest.Photo(8, 8), resize.Encoding{Quality: 60})
}
