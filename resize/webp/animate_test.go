//go:build cgo

package webp_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// An animated GIF becomes an animated WebP of as many frames.
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
	if c := color.NRGBAModel.Convert(decode(t, out[0]).At(10, 7)).(color.NRGBA); c.R < 240 || c.B > 15 {
		t.Errorf("first frame: got %v, want red", c)
	}
}

func TestAnimateErrors(t *testing.T) {
	animate := func(sides ...int) (err error) {
		a := webp.Animate(0, resize.Encoding{Quality: 80})
		defer a.Close()
		for _, side := range sides {
			if err == nil {
				err = a.Add(resize.Frame{Image: image.NewNRGBA(image.Rect(0, 0, side, side)), Delay: time.Second})
			}
		}
		if err == nil {
			_, err = a.Finish()
		}
		return err
	}
	for name, sides := range map[string][]int{
		"no frames": nil, "frames of two sizes": {2, 3}, "no pixels": {0}, "a side of 17,000": {17_000},
	} {
		if err := animate(sides...); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := animate(2, 2); err != nil {
		t.Errorf("two frames: %v", err)
	}
}

// ballAnimation returns four frames of 48 × 32 pixels, which are shown three times for 40, 80, 120 and 160 ms: a red square
// that moves across a transparent background with a blue stripe at the bottom.
func ballAnimation(t *testing.T) []byte {
	t.Helper()
	a := webp.Animate(3, resize.Encoding{Quality: 100})
	defer a.Close()
	for i := range 4 {
		m := image.NewNRGBA(image.Rect(0, 0, 48, 32))
		for y := range 32 {
			for x := range 48 {
				switch {
				case image.Pt(x, y).In(ball(i)):
					m.SetNRGBA(x, y, color.NRGBA{220, 20, 20, 255})
				case y >= 24:
					m.SetNRGBA(x, y, color.NRGBA{20, 20, 220, 255})
				}
			}
		}
		if err := a.Add(resize.Frame{Image: m, Delay: time.Duration(i+1) * 40 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if h, err := resize.ProbeBytes(body); err != nil || h.Frames != 4 {
		t.Fatalf("got %+v, %v, want 4 frames", h, err)
	}
	return body
}

// ball returns where the red square is in a frame of ballAnimation.
func ball(frame int) image.Rectangle { return image.Rect(6*frame, 4*frame, 6*frame+14, 4*frame+14) }

// An animated WebP becomes an animated GIF and WebP with the same frames, delays, number of loops and transparency.
func TestAnimationRoundTrip(t *testing.T) {
	out, err := engine().Resize(t.Context(), ballAnimation(t),
		resize.Transform{Format: resize.GIF}, resize.Transform{Format: resize.WebP, Width: 24})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != 4 || g.LoopCount != 2 || g.Delay[0] != 4 || g.Delay[3] != 16 {
		t.Fatalf("got %d frames, loops %d, delays %v", len(g.Image), g.LoopCount, g.Delay)
	}
	for i, m := range g.Image {
		if c := color.NRGBAModel.Convert(m.At(6*i+7, 4*i+7)).(color.NRGBA); c.R < 200 {
			t.Errorf("frame %d: got %v where the ball is", i, c)
		}
		if c := color.NRGBAModel.Convert(m.At(46, 2)).(color.NRGBA); c.A != 0 {
			t.Errorf("frame %d: got %v where nothing is", i, c)
		}
		if before := ball(i - 1); i > 0 {
			if c := color.NRGBAModel.Convert(m.At(before.Min.X, before.Min.Y)).(color.NRGBA); c.A != 0 {
				t.Errorf("frame %d: got %v where the ball was", i, c)
			}
		}
	}
	if h, err := resize.ProbeBytes(out[1]); err != nil || h.Frames != 4 || h.Width != 24 {
		t.Errorf("as WebP: got %+v, %v", h, err)
	}
}

// Without a codec that writes AVIF, an animation in that format is unsupported.
func TestAnimationWithoutAVIF(t *testing.T) {
	_, err := engine().Resize(t.Context(), ballAnimation(t), resize.Transform{Format: resize.AVIF})
	if !errors.Is(err, resize.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}

// Of an animation with more pixels than the limit allows, the first frame remains.
func TestAnimationOverLimit(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{
		Codecs: webp.Codecs(), Limits: resize.Limits{AnimationPixels: 4*48*32 - 1},
	})
	out, err := e.Resize(t.Context(), ballAnimation(t), resize.Transform{Format: resize.WebP})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := resize.ProbeBytes(out[0]); err != nil || h.Frames != 1 {
		t.Errorf("got %+v, %v, want the first frame", h, err)
	}
}

// An animation that is cut off anywhere is corrupt or unsupported.
func TestTruncatedAnimation(t *testing.T) {
	body := ballAnimation(t)
	for i := range 20 {
		cut := body[:len(body)*i/20]
		_, err := engine().Resize(t.Context(), cut, resize.Transform{Format: resize.WebP})
		if !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) {
			t.Errorf("%d of %d bytes: got %v", len(cut), len(body), err)
		}
	}
}

// An animation that is wanted as AVIF becomes an animated WebP, since no codec animates AVIF.
func TestAnimationAsAVIF(t *testing.T) {
	still := resize.Codec{Format: resize.AVIF, Encode: func(image.Image, resize.Encoding) ([]byte, error) {
		return []byte("still"), nil
	}}
	e := resize.NewEngine(resize.EngineConfig{Codecs: append(webp.Codecs(), still)})
	a := webp.Animate(0, resize.Encoding{Quality: 80})
	defer a.Close()
	for i := range 2 {
		m := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		m.Pix[4*i+3] = 255
		if err := a.Add(resize.Frame{Image: m, Delay: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Resize(t.Context(), body, resize.Transform{Format: resize.AVIF, Quality: 40})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := resize.ProbeBytes(out[0]); err != nil || h.Format != resize.WebP || h.Frames != 2 {
		t.Errorf("got %+v, %v, want WebP of 2 frames", h, err)
	}
}

// A slow fade from black reaches every pixel in low qualities too.
func TestFadeFromBlack(t *testing.T) {
	photo, still := resizetest.Photo(96, 64), resizetest.Photo(96, 64)
	a := webp.Animate(0, resize.Encoding{Quality: 40})
	defer a.Close()
	for i := range 16 {
		for at := range photo.Pix {
			if at%4 != 3 {
				still.Pix[at] = uint8(int(photo.Pix[at]) * i / 15)
			}
		}
		if err := a.Add(resize.Frame{Image: still, Delay: 40 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	out, err := engine().Resize(t.Context(), body, resize.Transform{Format: resize.GIF})
	if err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(bytes.NewReader(out[0]))
	if err != nil {
		t.Fatal(err)
	}
	canvas := image.NewNRGBA(photo.Rect)
	for _, m := range g.Image {
		draw.Draw(canvas, m.Rect, m, m.Rect.Min, draw.Over)
	}
	specks := 0
	for at := 0; at < len(photo.Pix); at += 4 {
		if light := int(photo.Pix[at+1]) - int(canvas.Pix[at+1]); light > 50 {
			specks++
		}
	}
	if psnr := resizetest.PSNR(canvas, photo); specks > len(photo.Pix)/4/100 || psnr < 25 {
		t.Errorf("got %d pixels that are too dark in the last frame, and %.1f dB", specks, psnr)
	}
}
