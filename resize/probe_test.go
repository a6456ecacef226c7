package resize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// foreign reads a picture of a format that plain Go knows the header of, and no more.
func foreign(t testing.TB, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("vips", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func tiffOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, &tiff.Options{Compression: tiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestProbeForeign(t *testing.T) {
	size := image.Rect(0, 0, 96, 64)
	of := func(f resize.Format, w, h, channels, depth int) resize.Header {
		return resize.Header{Format: f, Width: w, Height: h, Orientation: 1, Frames: 1, Channels: channels, Depth: depth}
	}
	for _, test := range []struct {
		name string
		src  []byte
		want resize.Header
	}{
		{"HEIC", foreign(t, "photo.heic"), of(resize.HEIC, 96, 64, 3, 8)},
		{"HEIC with alpha", foreign(t, "fade.heic"), of(resize.HEIC, 96, 64, 4, 8)},
		{"AVIF", foreign(t, "photo.avif"), of(resize.AVIF, 96, 64, 3, 8)},
		{"AVIF of 10 bits", foreign(t, "photo10.avif"), of(resize.AVIF, 96, 64, 3, 16)},
		{"AVIF, cropped and turned", foreign(t, "turned.avif"), of(resize.AVIF, 32, 48, 3, 8)},
		{"JXL", foreign(t, "photo.jxl"), of(resize.JXL, 96, 64, 3, 8)},
		{"JXL with alpha", foreign(t, "fade.jxl"), of(resize.JXL, 96, 64, 4, 8)},
		{"JXL, turned, in a container", foreign(t, "turned.jxl"), of(resize.JXL, 64, 96, 3, 8)},
		{"TIFF", tiffOf(t, resizetest.Photo(96, 64)), of(resize.TIFF, 96, 64, 4, 8)},
		{"grey TIFF of 16 bits", tiffOf(t, image.NewGray16(size)), of(resize.TIFF, 96, 64, 1, 16)},
	} {
		got, err := resize.Probe(bytes.NewReader(test.src))
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
		_, err = resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), test.src, resize.Transform{})
		if !errors.Is(err, resize.ErrUnsupported) {
			t.Errorf("%s, by plain Go: got %v, want ErrUnsupported", test.name, err)
		}
	}
}

// replaced returns src with the first of some bytes replaced.
func replaced(t *testing.T, src []byte, from, to string) []byte {
	t.Helper()
	if !bytes.Contains(src, []byte(from)) {
		t.Fatalf("no %q", from)
	}
	return bytes.Replace(src, []byte(from), []byte(to), 1)
}

// What libvips must not be shown is told by the header.
func TestProbeRefuses(t *testing.T) {
	avif, size := foreign(t, "photo.avif"), "ispe\x00\x00\x00\x00\x00\x00\x00\x60\x00\x00\x00\x40"
	dng := tiffOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	at := binary.LittleEndian.Uint32(dng[4:]) + 2
	dng[at], dng[at+1] = 254, 0 // in place of the width: a picture of small size
	dng[at+8] = 1
	for _, test := range []struct {
		name string
		src  []byte
		want error
	}{
		{"many pixels", replaced(t, avif, size, "ispe\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"), resize.ErrTooLarge},
		{"no pixels", replaced(t, avif, size, "ispe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40"), resize.ErrCorrupt},
		{"no primary picture", replaced(t, avif, "pitm", "free"), resize.ErrUnsupported},
		{"properties of no picture", replaced(t, avif, "ipma", "free"), resize.ErrCorrupt},
		{"a box larger than what it is in", replaced(t, avif, "\x00\x00\x00\x14ispe", "\x00\x00\x40\x14ispe"), resize.ErrCorrupt},
		{"a box smaller than itself", replaced(t, avif, "\x00\x00\x00\x14ispe", "\x00\x00\x00\x04ispe"), resize.ErrCorrupt},
		{"a crop of nothing", replaced(t, foreign(t, "turned.avif"), "clap\x00\x00\x00\x30\x00\x00\x00\x01", "clap\x00\x00\x00\x30\x00\x00\x00\x00"), resize.ErrCorrupt},
		{"a crop beyond the picture", replaced(t, foreign(t, "turned.avif"), "clap\x00\x00\x00\x30\x00\x00\x00\x01", "clap\x00\x00\x10\x30\x00\x00\x00\x01"), resize.ErrCorrupt},
		{"a raw file", dng, resize.ErrUnsupported},
		{"a JXL cut short", foreign(t, "photo.jxl")[:4], resize.ErrCorrupt},
	} {
		h, err := resize.Probe(bytes.NewReader(test.src))
		if err == nil {
			err = h.Check(resize.Limits{})
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// FuzzProbe holds headers to what the rest takes for granted of them.
func FuzzProbe(f *testing.F) {
	for _, name := range []string{"photo.heic", "fade.heic", "photo10.avif", "turned.avif", "photo.jxl", "fade.jxl", "turned.jxl"} {
		src := foreign(f, name)
		f.Add(src[:min(len(src), 600)])
	}
	f.Add(tiffOf(f, resizetest.Photo(6, 4)))
	f.Add(tiffOf(f, image.NewGray16(image.Rect(0, 0, 5, 3))))
	f.Add(resizetest.JPEG(resizetest.Photo(8, 8), 50)[:300])
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := resize.ProbeBytes(src)
		if err != nil {
			return
		}
		if h.Width < 1 || h.Height < 1 || h.Frames < 1 || h.Orientation < 1 || h.Orientation > 8 ||
			h.Channels < 1 || h.Channels > 255 || h.Depth < 8 || h.Depth > 32 {
			t.Errorf("got %+v", h)
		}
		if n := h.Memory(int64(len(src)), resize.Limits{}, resize.Transform{Width: 100}); n < int64(len(src)) {
			t.Errorf("%+v: got %d bytes of memory", h, n)
		}
		whole, err := resize.Probe(bytes.NewReader(src))
		if whole.Width != h.Width || whole.Height != h.Height {
			t.Errorf("got %+v, %v of a reader, %+v of bytes", whole, err, h)
		}
	})
}
