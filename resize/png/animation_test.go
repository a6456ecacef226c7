package png_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

var (
	clear = [4]uint8{}
	red   = [4]uint8{255, 0, 0, 255}
	blue  = [4]uint8{0, 0, 255, 255}
	glass = [4]uint8{0, 255, 0, 51}
)

// animated returns an animation of 4 × 1 pixels, of frames that differ in all that a frame can say.
func animated(still *image.NRGBA) []byte {
	return resizetest.AnimatedPNG(still, 3,
		resizetest.PNGFrame{Image: resizetest.Plain(4, 1, red), Delay: [2]uint16{1, 4}},
		resizetest.PNGFrame{Image: resizetest.Plain(2, 1, blue), At: image.Pt(1, 0), Delay: [2]uint16{7, 0}, Disposal: 2},
		resizetest.PNGFrame{Image: resizetest.Plain(1, 1, blue), At: image.Pt(3, 0), Disposal: 1},
		resizetest.PNGFrame{Image: resizetest.Plain(4, 1, glass), Blend: 1},
		resizetest.PNGFrame{Image: resizetest.Plain(1, 1, glass), Blend: 0},
		resizetest.PNGFrame{Image: resizetest.Plain(4, 1, clear), Blend: 1},
		resizetest.PNGFrame{Image: resizetest.Plain(4, 1, clear)},
	)
}

// TestAnimation checks what is displayed at each frame, and for how long.
func TestAnimation(t *testing.T) {
	over := [4]uint8{204, 51, 0, 255} // a fifth of green over red
	want := []struct {
		pixels [4][4]uint8
		delay  time.Duration
	}{
		{[4][4]uint8{red, red, red, red}, 250 * time.Millisecond},
		{[4][4]uint8{red, blue, blue, red}, 70 * time.Millisecond},
		{[4][4]uint8{red, red, red, blue}, 0},
		{[4][4]uint8{over, over, over, glass}, 0},
		{[4][4]uint8{glass, over, over, glass}, 0},
		{[4][4]uint8{glass, over, over, glass}, 0},
		{[4][4]uint8{clear, clear, clear, clear}, 0},
	}
	for name, still := range map[string]*image.NRGBA{"of its own": resizetest.Plain(4, 1, glass), "the first frame": nil} {
		a, err := png.DecodeAll(animated(still))
		if err != nil {
			t.Fatal(err)
		}
		if a.Plays() != 3 {
			t.Errorf("still image %s: is played %d times", name, a.Plays())
		}
		for range 2 { // they can be displayed again
			n := 0
			for m, delay := range a.Frames() {
				if got := fmt.Sprint(m.Pix, delay); got != fmt.Sprint(bytes.Join([][]byte{
					want[n].pixels[0][:], want[n].pixels[1][:], want[n].pixels[2][:], want[n].pixels[3][:]}, nil), want[n].delay) {
					t.Errorf("still image %s: frame %d is %s, want %v", name, n, got, want[n])
				}
				n++
			}
			if n != len(want) || a.Err() != nil {
				t.Errorf("still image %s: got %d frames, %v", name, n, a.Err())
			}
		}
	}
}

// TestAnimationBlend draws half of a colour over half of another.
func TestAnimationBlend(t *testing.T) {
	a, err := png.DecodeAll(resizetest.AnimatedPNG(nil, 0,
		resizetest.PNGFrame{Image: resizetest.Plain(1, 1, [4]uint8{255, 0, 100, 128})},
		resizetest.PNGFrame{Image: resizetest.Plain(1, 1, [4]uint8{0, 255, 100, 128}), Blend: 1}))
	if err != nil {
		t.Fatal(err)
	}
	var got []uint8
	for m := range a.Frames() {
		got = m.Pix
	}
	if want := []uint8{85, 170, 100, 192}; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestAnimationGrey checks that frames have the kind of pixels that the header says, here grey of 16 bits, interlaced, and that a
// frame whose chunks end early is whole.
func TestAnimationGrey(t *testing.T) {
	k := kind{0, 16}
	file := k.file(3, 3, 5, true, nil)
	still, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	control := binary.BigEndian.AppendUint64(nil, 3) // the number 0, and the width
	control = append(binary.BigEndian.AppendUint32(control, 3), make([]byte, 14)...)
	at := bytes.Index(file, []byte("IDAT")) - 4
	pixels := file[at+8 : len(file)-16]
	src := append(bytes.Clone(file[:at]), chunk("acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0})...)
	src = append(append(src, file[at:len(file)-12]...), chunk("fcTL", control)...)
	src = append(src, chunk("fdAT", append([]byte{0, 0, 0, 1}, pixels...))...)
	a, err := png.DecodeAll(src)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m := range a.Frames() {
		for i, v := range still.Planes[0] {
			if got := m.Pix[4*i : 4*i+4]; !bytes.Equal(got, []byte{v, v, v, 255}) {
				t.Errorf("pixel %d: got %v, want grey of %d", i, got, v)
			}
		}
		n++
	}
	if n != 1 || a.Err() != nil {
		t.Errorf("got %d frames, %v", n, a.Err())
	}
}

// TestAnimationErrors changes an animation, with its checksums right again.
func TestAnimationErrors(t *testing.T) {
	change := func(name string, at int, to byte) []byte {
		src := animated(nil)
		begin := bytes.LastIndex(src, []byte(name))
		src[begin+4+at] = to
		n := int(binary.BigEndian.Uint32(src[begin-4:]))
		binary.BigEndian.PutUint32(src[begin+4+n:], crc32.ChecksumIEEE(src[begin:begin+4+n]))
		return src
	}
	whole := animated(nil)
	last := bytes.LastIndex(whole, []byte("fdAT")) - 4
	// The checksum of the pixels is cut off, and that of their chunk is wrong.
	unsummed := append(bytes.Clone(whole[:last]), chunk("fdAT", whole[last+8:len(whole)-12-4-4])...)
	unsummed[len(unsummed)-1] ^= 1
	for name, src := range map[string][]byte{
		"more frames than there are": change("acTL", 3, 8),
		"no frames":                  change("acTL", 3, 0),
		"four billion frames":        change("acTL", 0, 255),
		"no width":                   change("fcTL", 7, 0),
		"more width than the canvas": change("fcTL", 7, 5),
		"a place beyond the canvas":  change("fcTL", 15, 1),
		"a place far beyond":         change("fcTL", 12, 255),
		"an unknown disposal":        change("fcTL", 24, 3),
		"an unknown way to draw":     change("fcTL", 25, 2),
		"a lost frame":               whole[:bytes.LastIndex(whole, []byte("fcTL"))-4],
		"no animation":               resizetest.PNG(resizetest.Plain(4, 1, red)),
		"nothing":                    nil,
	} {
		if _, err := png.DecodeAll(src); !errors.Is(err, png.ErrCorrupt) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for name, src := range map[string][]byte{
		"pixels without their header": change("fdAT", 5, 7),
		"fewer pixels than the size":  change("fcTL", 7, 3),
		"a wrong checksum":            unsummed,
		"a cut frame":                 whole[:bytes.LastIndex(whole, []byte("fdAT"))-4],
		"a frame without pixels":      bytes.ReplaceAll(whole, []byte("fdAT"), []byte("xdAT")),
	} {
		a, err := png.DecodeAll(src)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range a.Frames() {
		}
		if !errors.Is(a.Err(), png.ErrCorrupt) {
			t.Errorf("%s: got %v", name, a.Err())
		}
	}
	if a, err := png.DecodeAll(change("acTL", 3, 2)); err != nil {
		t.Error(err)
	} else {
		n := 0
		for range a.Frames() {
			n++
		}
		if n != 2 {
			t.Errorf("of two frames and more: got %d", n)
		}
	}
}

// FuzzAnimation checks that every file is an animation of as many frames as its header says, or has one of the two errors.
func FuzzAnimation(f *testing.F) {
	f.Add(animated(nil))
	f.Add(animated(resizetest.Plain(4, 1, glass)))
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := probe.PNG(src)
		if err != nil || h.Frames < 2 || h.Frames > 100 || probe.Pixels(h.Width, h.Height) > 1<<12 {
			return // it is not taken for an animation, or takes long
		}
		n := 0
		a, err := png.DecodeAll(src)
		if err == nil {
			for m := range a.Frames() {
				if m.Rect.Dx() != h.Width || m.Rect.Dy() != h.Height {
					t.Fatalf("frame %d: got %v, want %d × %d", n, m.Rect, h.Width, h.Height)
				}
				n++
			}
			err = a.Err()
		}
		switch {
		case errors.Is(err, png.ErrCorrupt), errors.Is(err, png.ErrUnsupported):
		case err != nil:
			t.Error(err)
		case n != h.Frames:
			t.Errorf("got %d frames, want %d", n, h.Frames)
		}
	})
}
