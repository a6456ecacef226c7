package frames_test

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/frames"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Frames are whole images, however little of them the file has, and are the same at each pass.
func TestPNG(t *testing.T) {
	red, blue := [4]uint8{255, 0, 0, 255}, [4]uint8{0, 0, 255, 255}
	src := resizetest.AnimatedPNG(resizetest.Plain(40, 20, red), 4,
		resizetest.PNGFrame{Image: resizetest.Plain(40, 20, red), Delay: [2]uint16{1, 10}},
		resizetest.PNGFrame{Image: resizetest.Plain(20, 20, blue), At: image.Pt(20, 0), Delay: [2]uint16{2, 10}})
	a, err := frames.PNG(src)
	if err != nil {
		t.Fatal(err)
	}
	if a.Plays != 4 {
		t.Errorf("got %d plays, want 4", a.Plays)
	}
	for pass := range 2 {
		var delays []time.Duration
		var last *image.NRGBA
		for m, delay := range a.Frames {
			delays, last = append(delays, delay), m.Whole()
		}
		if want := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}; !slices.Equal(delays, want) || a.Err() != nil {
			t.Fatalf("pass %d: got delays %v, %v, want %v", pass, delays, a.Err(), want)
		}
		left, right := last.NRGBAAt(5, 5), last.NRGBAAt(35, 5)
		if last.Rect.Dx() != 40 || left != (color.NRGBA{255, 0, 0, 255}) || right != (color.NRGBA{0, 0, 255, 255}) {
			t.Errorf("pass %d: got %v, %v of %v", pass, left, right, last.Rect)
		}
	}
}

// Frames that can't be read end the iteration, which says so.
func TestDamage(t *testing.T) {
	photo := resizetest.Photo(40, 20)
	src := resizetest.AnimatedPNG(photo, 0, resizetest.PNGFrame{Image: photo}, resizetest.PNGFrame{Image: photo})
	data := bytes.LastIndex(src, []byte("fdAT"))
	for i := range 40 {
		src[data+20+i] ^= 0x55
	}
	a, err := frames.PNG(src)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range a.Frames {
		n++
	}
	if n > 1 || a.Err() == nil {
		t.Errorf("got %d frames, %v, want one and an error", n, a.Err())
	}
}
