//go:build cgo

package webp_test

import (
	"bytes"
	"errors"
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
	add := func(sides ...int) (err error) {
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
	for name, sides := range map[string][]int{"no frames": nil, "frames of two sizes": {2, 3}, "no pixels": {0}, "a side of 17,000": {17_000}} {
		if err := add(sides...); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := add(2, 2); err != nil {
		t.Errorf("two frames: %v", err)
	}
}

// What moves still moves after a way through WebP and back: frames, times, how often, and what is seen through.
func TestAnimationThereAndBack(t *testing.T) {
	const w, h = 48, 32
	a := webp.Animate(3, resize.Encoding{Quality: 100})
	defer a.Close()
	ball := func(i int) image.Rectangle { return image.Rect(6*i, 4*i, 6*i+14, 4*i+14) }
	for i := range 4 {
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
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
	_, err = engine().Resize(t.Context(), body, resize.Transform{Format: resize.AVIF})
	if !errors.Is(err, resize.ErrUnsupported) {
		t.Errorf("as AVIF, which is not written: got %v", err)
	}
	out, err := engine().Resize(t.Context(), body, resize.Transform{Format: resize.GIF}, resize.Transform{Format: resize.WebP, Width: 24})
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
	few := resize.NewEngine(resize.EngineConfig{Codecs: webp.Codecs(), Limits: resize.Limits{AnimationPixels: 4*w*h - 1}})
	out, err = few.Resize(t.Context(), body, resize.Transform{Format: resize.WebP})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := resize.ProbeBytes(out[0]); err != nil || h.Frames != 1 {
		t.Errorf("over the limit: got %+v, %v, want the first frame", h, err)
	}
	for i := range 20 {
		cut := body[:len(body)*i/20]
		if _, err := engine().Resize(t.Context(), cut, resize.Transform{Format: resize.WebP}); !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) {
			t.Errorf("cut to %d of %d bytes: got %v", len(cut), len(body), err)
		}
	}
}

// What can't be written moving as AVIF is written as WebP, which is.
func TestAnimationAsAVIF(t *testing.T) {
	still := resize.Codec{Format: resize.AVIF, Encode: func(image.Image, resize.Encoding) ([]byte, error) { return []byte("still"), nil }}
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

// Drawings come lossless, which is smaller; photographs don't, nor what is asked for in some quality.
func TestDrawingsAreLossless(t *testing.T) {
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
		{"a drawing in some quality", resizetest.PNG(drawing), 75, "VP8 "},
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
		lossy, err := engine().Resize(t.Context(), test.src, resize.Transform{Format: resize.WebP, Quality: 78})
		if err != nil {
			t.Fatal(err)
		}
		if test.want == "VP8L" && len(out[0]) > len(lossy[0]) {
			t.Errorf("%s: got %d bytes lossless, %d lossy", test.name, len(out[0]), len(lossy[0]))
		}
	}
}
