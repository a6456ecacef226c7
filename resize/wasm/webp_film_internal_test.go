//go:build (amd64 || arm64) && (linux || darwin || freebsd || windows)

package wasm

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A film is what the decoder of libwebp makes of an animation.
type film struct {
	frames []*image.RGBA
	ends   []uint32 // milliseconds since the end of the frame before
}

// decodeFilm has libwebp decode an animation, whose decoder the module has, too:
//
//	decode(file, size, isProbe, isWhole, *width, *height, *frames, *isAnimated, *delays, *pixels)
func decodeFilm(t *testing.T, body []byte) (f film) {
	t.Helper()
	i, err := webpEncoder.start(t.Context(), 64<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer i.close()
	file, err := i.place(body)
	if err != nil {
		t.Fatal(err)
	}
	results, err := i.allocate(16)
	if err != nil {
		t.Fatal(err)
	}
	decode := func(isProbe uint64, delays, pixels uint32) {
		ok, err := i.call("decode", uint64(file), uint64(len(body)), isProbe, 1, uint64(results), uint64(results)+4,
			uint64(results)+8, uint64(results)+12, uint64(delays), uint64(pixels))
		if err != nil || ok == 0 {
			t.Fatalf("libwebp refuses it: %v", err)
		}
	}
	decode(1, 0, 0)
	n, err := i.numbers(results, 4)
	if err != nil {
		t.Fatal(err)
	}
	w, h, count := n[0], n[1], n[2]
	delays, err := i.allocate(int64(4 * count))
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := i.allocate(int64(4 * w * h * count))
	if err != nil {
		t.Fatal(err)
	}
	decode(0, delays, pixels)
	pix, err := i.bytes(pixels, int64(4*w*h*count))
	if err != nil {
		t.Fatal(err)
	}
	for k := range count {
		ms, _ := i.module.Memory().ReadUint32Le(delays + uint32(4*k))
		f.ends = append(f.ends, ms)
		f.frames = append(f.frames, &image.RGBA{
			Pix: bytes.Clone(pix[4*w*h*k:][:4*w*h]), Stride: 4 * w, Rect: image.Rect(0, 0, w, h),
		})
	}
	return f
}

// premultiplied returns an image as libwebp decodes it.
func premultiplied(m *image.NRGBA) *image.RGBA {
	rgba := image.NewRGBA(m.Rect)
	draw.Draw(rgba, rgba.Rect, m, m.Rect.Min, draw.Src)
	return rgba
}

// scribbles returns frames that differ in random rectangles, some of them soft or empty, and some not at all.
func scribbles(n int, r *rand.Rand) (frames []*image.NRGBA) {
	m := image.NewNRGBA(image.Rect(0, 0, 41, 27))
	for range n {
		for range r.IntN(3) {
			at := image.Rect(r.IntN(41), r.IntN(27), r.IntN(41), r.IntN(27))
			c := color.NRGBA{uint8(r.IntN(4) * 85), uint8(r.IntN(4) * 85), uint8(r.IntN(256)), []uint8{0, 0, 127, 255, 255, 255}[r.IntN(6)]}
			draw.Draw(m, at, image.NewUniform(c), image.Point{}, draw.Src)
		}
		next := image.NewNRGBA(m.Rect)
		copy(next.Pix, m.Pix)
		frames = append(frames, next)
	}
	return frames
}

// TestFilm checks that the decoder of libwebp shows each frame of an animation, and for how long.
func TestFilm(t *testing.T) {
	if len(Codecs()) == 0 {
		t.Skip("this system executes no modules")
	}
	for seed := range uint64(4) {
		frames := scribbles(12, rand.New(rand.NewPCG(seed, 17)))
		a := animateWebP(t.Context(), 3, resize.Encoding{Quality: 100, ICC: []byte("odd")})
		var want film
		for i, m := range frames {
			delay := uint32(40 + 10*i)
			if err := a.Add(resize.Frame{Image: m, Delay: time.Duration(delay) * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			shown := premultiplied(m)
			if last := len(want.frames) - 1; last >= 0 && bytes.Equal(want.frames[last].Pix, shown.Pix) {
				want.ends[last] += delay
				continue
			}
			want.frames, want.ends = append(want.frames, shown), append(want.ends, delay)
		}
		body, err := a.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if h, err := resize.ProbeBytes(body); err != nil || h.Frames != len(want.frames) {
			t.Errorf("got %+v, %v, want %d frames", h, err, len(want.frames))
		}
		got := decodeFilm(t, body)
		for i := range want.frames {
			if i >= len(got.frames) || got.ends[i] != want.ends[i] || !bytes.Equal(got.frames[i].Pix, want.frames[i].Pix) {
				t.Errorf("seed %d: frame %d of %d is not as it was", seed, i, len(want.frames))
				break
			}
		}
	}
}

// TestFilmWithLoss moves a ball over a photograph: what does not change takes hardly any bytes, and stays in place.
func TestFilmWithLoss(t *testing.T) {
	if len(Codecs()) == 0 {
		t.Skip("this system executes no modules")
	}
	photo := resizetest.Photo(160, 120)
	a := animateWebP(t.Context(), 0, resize.Encoding{Quality: 80})
	var frames []*image.NRGBA
	for i := range 5 {
		m := image.NewNRGBA(photo.Rect)
		copy(m.Pix, photo.Pix)
		for _, at := range []image.Point{{20 * i, 10 * i}, {140 - 20*i, 100 - 10*i}} {
			draw.Draw(m, image.Rectangle{at, at.Add(image.Pt(16, 16))}, image.NewUniform(color.NRGBA{250, 40, uint8(50 * i), 255}),
				image.Point{}, draw.Src)
		}
		frames = append(frames, m)
		if err := a.Add(resize.Frame{Image: m, Delay: time.Second}); err != nil {
			t.Fatal(err)
		}
	}
	body, err := a.Finish()
	if err != nil {
		t.Fatal(err)
	}
	still, err := encodeWebP(t.Context(), frames[0], resize.Encoding{Quality: 80})
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 3*len(still) {
		t.Errorf("got %d bytes for five frames, and %d for one", len(body), len(still))
	}
	for i, m := range decodeFilm(t, body).frames {
		if got := resizetest.PSNR(m, frames[i]); got < 30 {
			t.Errorf("frame %d: got %.1f dB", i, got)
		}
	}
}

// TestFilmOfOneImage checks that frames which are all the same become a still image, and that a frame is not shown for longer
// than can be said.
func TestFilmOfOneImage(t *testing.T) {
	if len(Codecs()) == 0 {
		t.Skip("this system executes no modules")
	}
	photo := resizetest.Photo(16, 16)
	for added, want := range map[int]int{2: 1, 4: 2} {
		a := animateWebP(t.Context(), 0, resize.Encoding{Quality: 80})
		for range added {
			if err := a.Add(resize.Frame{Image: photo, Delay: 90 * time.Minute}); err != nil {
				t.Fatal(err)
			}
		}
		body, err := a.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if h, err := resize.ProbeBytes(body); err != nil || h.Frames != want {
			t.Errorf("%d frames of 90 minutes: got %+v, %v, want %d", added, h, err, want)
		}
	}
}
