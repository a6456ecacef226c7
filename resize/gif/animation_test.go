package gif_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	stdgif "image/gif"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestBackgroundStays moves a ball over a photograph: pixels of the photograph never change while it does not.
func TestBackgroundStays(t *testing.T) {
	photo := resizetest.Photo(160, 120)
	var frames []*image.NRGBA
	for i := range 5 {
		m := paint(160, 120, func(at int) color.NRGBA { return photo.NRGBAAt(at%160, at/160) })
		ball := image.Rect(20*i, 40, 20*i+18, 58)
		draw.Draw(m, ball, image.NewUniform(color.NRGBA{uint8(50 * i), 250, 40, 255}), image.Point{}, draw.Src)
		frames = append(frames, m)
	}
	file, displayed := write(t, frames...)
	for i := 1; i < len(frames); i++ {
		for at := 0; at < len(photo.Pix); at += 4 {
			before, now := frames[i-1].Pix[at:at+4], frames[i].Pix[at:at+4]
			if bytes.Equal(before, now) && !bytes.Equal(displayed[i-1].Pix[at:at+4], displayed[i].Pix[at:at+4]) {
				t.Fatalf("frame %d: a pixel changes from %v to %v", i, displayed[i-1].Pix[at:at+4], displayed[i].Pix[at:at+4])
			}
		}
		if psnr := resizetest.PSNR(displayed[i], frames[i]); psnr < 34 {
			t.Errorf("frame %d: got %.1f dB", i, psnr)
		}
	}
	g, err := stdgif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if part := g.Image[1].Rect; !part.In(image.Rect(0, 40, 38, 58)) {
		t.Errorf("the second frame covers %v, more than what has changed", part)
	}
}

// TestNoiseStays checks that noise of a level between the frames of a still scene is not painted, and that a slow fade
// is.
func TestNoiseStays(t *testing.T) {
	photo := resizetest.Photo(160, 120)
	still, _ := write(t, photo)
	var noisy, fading []*image.NRGBA
	for i := range 20 {
		noisy = append(noisy, paint(160, 120, func(at int) color.NRGBA {
			c := photo.NRGBAAt(at%160, at/160)
			c.G ^= uint8(at * (i + 7) / 5 % 2)
			return c
		}))
		fading = append(fading, paint(160, 120, func(at int) color.NRGBA {
			c := photo.NRGBAAt(at%160, at/160)
			return color.NRGBA{uint8(int(c.R) * (40 - i) / 40), uint8(int(c.G) * (40 - i) / 40), uint8(int(c.B) * (40 - i) / 40), 255}
		}))
	}
	if file, _ := write(t, noisy...); len(file) > 2*len(still) {
		t.Errorf("20 frames that differ by noise take %d bytes, one takes %d", len(file), len(still))
	}
	_, displayed := write(t, fading...)
	for i := range fading {
		if psnr := resizetest.PSNR(displayed[i], fading[i]); psnr < 36 {
			t.Errorf("fade, frame %d: got %.1f dB", i, psnr)
		}
	}
}

// TestTransparentFrames checks that transparent parts of a photograph are kept from frame to frame, and that its colours
// do not flicker where it stays. Opaque frames between them leave nothing behind.
func TestTransparentFrames(t *testing.T) {
	photo := resizetest.Photo(120, 90)
	var frames []*image.NRGBA
	for i := range 4 {
		frames = append(frames, paint(120, 90, func(at int) color.NRGBA {
			c := photo.NRGBAAt(at%120, at/120)
			if at%120 < 10*i || at/120 < 20 {
				c.A = 40
			}
			return c
		}))
	}
	frames = append(frames, photo, frames[0])
	_, displayed := write(t, frames...)
	for i, m := range frames {
		for at := 3; at < len(m.Pix); at += 4 {
			if got, want := displayed[i].Pix[at] != 0, m.Pix[at] >= 128; got != want {
				t.Fatalf("frame %d, pixel %d: got opaque: %v, want %v", i, at/4, got, want)
			}
			if i > 0 && i < 4 && m.Pix[at] == 255 && displayed[i-1].Pix[at] == 255 &&
				!bytes.Equal(displayed[i].Pix[at-3:at], displayed[i-1].Pix[at-3:at]) {
				t.Fatalf("frame %d, pixel %d: got %v after %v", i, at/4, displayed[i].Pix[at-3:at], displayed[i-1].Pix[at-3:at])
			}
		}
	}
}

// writeExactly writes frames, compares what is displayed with them, and returns the file as image/gif reads it.
func writeExactly(t *testing.T, frames ...*image.NRGBA) *stdgif.GIF {
	t.Helper()
	file, displayed := write(t, frames...)
	for i, m := range frames {
		if !bytes.Equal(displayed[i].Pix, m.Pix) {
			t.Errorf("frame %d is displayed otherwise", i)
		}
	}
	g, err := stdgif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What does not change of a transparent animation is not stored again, and what vanishes is cleared. The last frame clears
// everything, for players that do not before they play the animation again.
func TestTransparentParts(t *testing.T) {
	picture := func(dots ...image.Rectangle) *image.NRGBA {
		m := image.NewNRGBA(image.Rect(0, 0, 100, 60))
		for i, r := range append([]image.Rectangle{image.Rect(5, 5, 60, 50)}, dots...) {
			draw.Draw(m, r, image.NewUniform(color.NRGBA{uint8(200 - 60*i), 80, 30, 255}), image.Point{}, draw.Src)
		}
		return m
	}
	first, second := image.Rect(70, 10, 80, 20), image.Rect(84, 30, 94, 40)
	frames := []*image.NRGBA{picture(), picture(first), picture(first, second), picture(first)}
	g := writeExactly(t, frames...)
	for i, want := range []image.Rectangle{frames[0].Rect, first, second, frames[0].Rect} {
		if got := g.Image[i].Rect; got != want {
			t.Errorf("frame %d covers %v, want %v", i, got, want)
		}
	}
	const stays, clears = stdgif.DisposalNone, stdgif.DisposalBackground
	if want := []byte{stays, stays, clears, clears}; !bytes.Equal(g.Disposal, want) {
		t.Errorf("got disposals %v, want %v", g.Disposal, want)
	}
}

// Frames of different colours share a palette, where tables of their own would take more bytes.
func TestSharedPalette(t *testing.T) {
	var frames []*image.NRGBA
	for i := range 12 {
		frames = append(frames, paint(18, 4, func(at int) color.NRGBA { return color.NRGBA{uint8(20 * i), uint8(at % 18 / 2 * 20), 200, 255} }))
	}
	g := writeExactly(t, frames...)
	for i, m := range g.Image {
		if len(m.Palette) < 9*len(frames) {
			t.Errorf("frame %d has a palette of %d colours, want that of all", i, len(m.Palette))
		}
	}
}
