package resize_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

var (
	red, green, blue = [4]uint8{255, 0, 0, 255}, [4]uint8{0, 255, 0, 255}, [4]uint8{0, 0, 255, 255}
)

// movingPNG returns three frames: red, blue on the right of it, red again. Readers that don't animate see green.
func movingPNG() []byte {
	return resizetest.AnimatedPNG(resizetest.Plain(40, 20, green), 4,
		resizetest.PNGFrame{Image: resizetest.Plain(40, 20, red), Delay: [2]uint16{1, 10}},
		resizetest.PNGFrame{Image: resizetest.Plain(20, 20, blue), At: image.Pt(20, 0), Delay: [2]uint16{2, 10}, Disposal: 2},
		resizetest.PNGFrame{Image: resizetest.Plain(1, 1, red), Delay: [2]uint16{3, 10}})
}

// TestAnimatedPNG checks that an animated PNG keeps its frames, and becomes its first frame in formats that are not animated.
func TestAnimatedPNG(t *testing.T) {
	src := movingPNG()
	if h, err := resize.ProbeBytes(src[:100]); err != nil || h.Frames != 3 {
		t.Errorf("the header of its beginning: got %d frames, %v", h.Frames, err)
	}
	engine := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs()})
	forms := []resize.Transform{{Width: 20}, {Width: 20, Format: resize.PNG}, {Format: resize.PNG}}
	if engine.Encodes(resize.WebP) {
		forms = append(forms, resize.Transform{Width: 20, Format: resize.WebP})
	}
	out, err := engine.Resize(t.Context(), src, forms...)
	if err != nil {
		t.Fatal(err)
	}
	moving, err := gif.DecodeAll(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(moving.LoopCount, moving.Delay, moving.Config.Width, moving.Config.Height); got != "3 [10 20 30] 20 10" {
		t.Errorf("as GIF: got loops, delays and size %s", got)
	}
	for i, want := range [][4]uint8{red, blue, red} {
		at := moving.Image[i].Rect.Min
		if i == 1 {
			at = image.Pt(15, 5)
		}
		if got := color.NRGBAModel.Convert(moving.Image[i].At(at.X, at.Y)); got != (color.NRGBA{want[0], want[1], want[2], 255}) {
			t.Errorf("frame %d: got %v, want %v", i, got, want)
		}
	}
	for _, still := range out[1:3] {
		if bytes.Contains(still, []byte("acTL")) {
			t.Error("the original was passed on, frames and all")
		}
		if got := resizetest.Decode(still).At(5, 5); color.NRGBAModel.Convert(got) != (color.NRGBA{255, 0, 0, 255}) {
			t.Errorf("as PNG: got %v, want the first frame", got)
		}
	}
	if len(out) > 3 {
		if h, err := resize.ProbeBytes(out[3]); err != nil || h.Frames != 3 {
			t.Errorf("as WebP: got %d frames, %v", h.Frames, err)
		}
	}
}

// TestAnimatedPNGLimits checks which animations become stills, and which are refused.
func TestAnimatedPNGLimits(t *testing.T) {
	limited := resize.NewEngine(resize.EngineConfig{Limits: resize.Limits{AnimationPixels: 2 * 40 * 20}})
	out, err := limited.Resize(t.Context(), movingPNG(), resize.Transform{})
	if err != nil {
		t.Fatal(err)
	}
	if got := resizetest.Decode(out[0]); resizetest.PSNR(got, resizetest.Plain(40, 20, green)) < 40 {
		t.Errorf("above the limit: got %v, want the still image", got.At(5, 5))
	}
	src := movingPNG()
	src = src[:bytes.LastIndex(src, []byte("fdAT"))-4]
	_, err = resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{})
	if !errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("without its last pixels: got %v", err)
	}
	if h, err := resize.ProbeBytes(iconOf(1, 0, movingPNG())); err != nil || h.Frames != 1 {
		t.Errorf("in an icon: got %d frames, %v", h.Frames, err)
	}
}

// TestAnimatedPNGColors checks that frames are converted to sRGB.
func TestAnimatedPNGColors(t *testing.T) {
	grey := resizetest.Plain(8, 8, [4]uint8{64, 64, 64, 255})
	src := withChunk(resizetest.AnimatedPNG(nil, 0, resizetest.PNGFrame{Image: grey}, resizetest.PNGFrame{Image: grey}),
		"gAMA", numbers(100_000)...)
	out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Format: resize.GIF})
	if err != nil {
		t.Fatal(err)
	}
	if got := resizetest.Decode(out[0]); resizetest.PSNR(got, resizetest.Plain(8, 8, [4]uint8{137, 137, 137, 255})) < 45 {
		t.Errorf("linear grey of 64: got %v, want 137", got.At(4, 4))
	}
}

// TestAnimationWithoutCodec checks that an animation keeps moving where no codec animates the format that is asked for.
func TestAnimationWithoutCodec(t *testing.T) {
	still := func(image.Image, resize.Encoding) ([]byte, error) { return []byte("a still"), nil }
	engine := resize.NewEngine(resize.EngineConfig{Codecs: []resize.Codec{
		{Format: resize.AVIF, Encode: still}, {Format: resize.WebP, Encode: still},
	}})
	ts := []resize.Transform{{Width: 20, Format: resize.AVIF, Quality: 50}, {Width: 20, Format: resize.WebP}}
	out, err := engine.Resize(t.Context(), movingPNG(), ts...)
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range out {
		if h, err := resize.ProbeBytes(body); err != nil || h.Format != resize.GIF || h.Frames != 3 {
			t.Errorf("as %s: got %s of %d frames, %v", ts[i].Format, h.Format, h.Frames, err)
		}
	}
}
