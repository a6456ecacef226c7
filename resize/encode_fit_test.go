package resize_test

import (
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// within returns a variant with a limit of bytes, and its error.
func within(t *testing.T, e resize.Engine, src []byte, tr resize.Transform, limit int) ([]byte, error) {
	t.Helper()
	tr.MaxBytes = limit
	out, err := e.Resize(t.Context(), src, tr)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// A variant with a limit of bytes is within it, and uses most of it, in every format and from every kind of original.
func TestMaxBytes(t *testing.T) {
	photo, glassy := resizetest.JPEG(resizetest.Grain(200, 140), 90), resizetest.PNG(glass(resizetest.Grain(200, 140)))
	e := resize.NewEngine(resize.EngineConfig{Codecs: slices.Concat(webp.Codecs(), vips.Codecs())})
	for _, test := range []struct {
		name  string
		src   []byte
		t     resize.Transform
		least float64 // part of the limit that is used
	}{
		{"JPEG", photo, resize.Transform{Format: resize.JPEG}, 0.8},
		{"JPEG of full chroma", photo, resize.Transform{Format: resize.JPEG, Quality: 95}, 0.8},
		{"JPEG of q=auto", photo, resize.Transform{Format: resize.JPEG, Quality: resize.AutoQuality}, 0.8},
		{"JPEG with an effect", photo, resize.Transform{Format: resize.JPEG, Blur: 0.4}, 0.8},
		{"auto", photo, resize.Transform{}, 0.8},
		{"auto, of a PNG", resizetest.PNG(resizetest.Grain(200, 140)), resize.Transform{}, 0.8},
		{"WebP", photo, resize.Transform{Format: resize.WebP}, 0.8},
		{"WebP with alpha", glassy, resize.Transform{Format: resize.WebP}, 0.8},
		{"WebP, lossless at first", photo, resize.Transform{Format: resize.WebP, Quality: 100}, 0.4},
		{"AVIF", photo, resize.Transform{Format: resize.AVIF}, 0.85},
		{"PNG", photo, resize.Transform{Format: resize.PNG}, 0.3},
		{"PNG with alpha", glassy, resize.Transform{Format: resize.PNG}, 0.3},
		{"GIF", photo, resize.Transform{Format: resize.GIF}, 0.3},
	} {
		test.t.Width = 160
		if f := test.t.Normal().Format; f != resize.Auto && !e.Encodes(f) {
			continue
		}
		whole, err := within(t, e, test.src, test.t, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []float64{0.9, 0.6} {
			limit := int(part * float64(len(whole)))
			body, err := within(t, e, test.src, test.t, limit)
			if err != nil || len(body) > limit || float64(len(body)) < test.least*float64(limit) {
				t.Errorf("%s of %d bytes within %d: got %d, %v", test.name, len(whole), limit, len(body), err)
			}
		}
		limit := len(whole) * 101 / 100
		body, err := within(t, e, test.src, test.t, limit)
		if err != nil || max(len(body), len(whole))-min(len(body), len(whole)) > len(whole)/100 {
			t.Errorf("%s of %d bytes within %d: got %d, %v", test.name, len(whole), limit, len(body), err)
		}
	}
}

// What doesn't fit is an error that tells the smallest size that was reached.
func TestMaxBytesTooFew(t *testing.T) {
	photo := resizetest.JPEG(resizetest.Grain(300, 200), 90)
	e := resize.NewEngine(resize.EngineConfig{Codecs: slices.Concat(webp.Codecs(), vips.Codecs())})
	for _, f := range []resize.Format{resize.JPEG, resize.PNG, resize.GIF, resize.WebP, resize.AVIF} {
		if !e.Encodes(f) {
			continue
		}
		_, err := within(t, e, photo, resize.Transform{Format: f}, 100)
		if !errors.Is(err, resize.ErrBytes) || !strings.Contains(err.Error(), "max-bytes is 100, the smallest file that was tried has ") {
			t.Errorf("%s: got %v, want %v", f, err, resize.ErrBytes)
		}
	}
	for _, f := range []resize.Format{resize.PNG, resize.GIF} { // which fit in one colour, in which nothing is seen
		if body, err := within(t, e, photo, resize.Transform{Format: f}, 1000); !errors.Is(err, resize.ErrBytes) {
			t.Errorf("%s: got %d bytes, %v, want %v", f, len(body), err, resize.ErrBytes)
		}
	}
	for _, f := range []resize.Format{resize.GIF, resize.WebP, resize.Auto} {
		if f == resize.WebP && !e.Encodes(f) {
			continue
		}
		_, err := within(t, e, filmOf(t, 80, 60), resize.Transform{Format: f}, 100)
		if !errors.Is(err, resize.ErrBytes) || !strings.Contains(err.Error(), "the animation has ") {
			t.Errorf("animation as %s: got %v, want %v", f, err, resize.ErrBytes)
		}
	}
	if _, err := within(t, e, photo, resize.Transform{Format: resize.ThumbHash}, 1); err != nil {
		t.Errorf("text: got %v", err)
	}
}

// Chroma has half the samples where quality falls below 90 for the limit, as it has without a limit.
func TestMaxBytesGivesUpChroma(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	src := resizetest.JPEG(resizetest.Grain(300, 200), 95)
	tr := resize.Transform{Width: 240, Format: resize.JPEG, Quality: 95}
	for limit, want := range map[int]image.YCbCrSubsampleRatio{0: image.YCbCrSubsampleRatio444, 9000: image.YCbCrSubsampleRatio420} {
		body, err := within(t, e, src, tr, limit)
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(strings.NewReader(string(body)))
		if err != nil || m.(*image.YCbCr).SubsampleRatio != want {
			t.Errorf("within %d bytes: got %v, %v, want %v", limit, m.(*image.YCbCr).SubsampleRatio, err, want)
		}
	}
}

// A PNG has fewer colours for its limit, and keeps its alpha.
func TestMaxBytesOfPNG(t *testing.T) {
	src := glass(resizetest.Grain(160, 100))
	e := resize.NewEngine(resize.EngineConfig{})
	body, err := within(t, e, resizetest.PNG(src), resize.Transform{Format: resize.PNG}, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	colors := make(map[color.NRGBA]bool)
	for y := range 100 {
		for x := range 160 {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			if want := src.NRGBAAt(x, y).A; c.A != want {
				t.Fatalf("at %d,%d: got an alpha of %d, want %d", x, y, c.A, want)
			}
			c.A = 255
			colors[c] = true
		}
	}
	if len(colors) > 256 || len(colors) < 8 {
		t.Errorf("got %d colours", len(colors))
	}
}

// The original is passed on if it fits, and what is made of it doesn't.
func TestMaxBytesPassesOn(t *testing.T) {
	thorough := resize.NewEngine(resize.EngineConfig{Thorough: true})
	out, err := thorough.Resize(t.Context(), resizetest.PNG(resizetest.Grain(300, 200)), resize.Transform{Format: resize.JPEG})
	if err != nil {
		t.Fatal(err)
	}
	src := out[0]
	e := resize.NewEngine(resize.EngineConfig{})
	for limit, want := range map[int]bool{len(src): true, len(src) - 2000: false} {
		body, err := within(t, e, src, resize.Transform{Format: resize.JPEG}, limit)
		if err != nil || len(body) > limit || (len(body) == len(src)) != want {
			t.Errorf("within %d: got %d bytes, %v; passed on should be %t", limit, len(body), err, want)
		}
	}
}
