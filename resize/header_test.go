package resize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/tiff"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// published returns the exported fields of a header.
func published(h resize.Header) resize.Header {
	return resize.Header{
		Format: h.Format, Width: h.Width, Height: h.Height, Orientation: h.Orientation, Frames: h.Frames,
		Progressive: h.Progressive, Channels: h.Channels, Depth: h.Depth,
	}
}

// TestProbe reads headers of files, byte by byte.
func TestProbe(t *testing.T) {
	photo := resizetest.Photo(64, 48)
	rotated := resizetest.WithEXIF(resizetest.JPEG(photo, 80), 6, "")
	padded := resizetest.JPEG(photo, 80)
	for range 20 { // more metadata than Probe reads
		padded = resizetest.WithSegment(padded, 0xe2, strings.Repeat("x", 65_000))
	}
	of := func(f resize.Format, orientation, channels, depth int) resize.Header {
		return resize.Header{
			Format: f, Width: 64, Height: 48, Orientation: orientation, Frames: 1, Channels: channels, Depth: depth,
		}
	}
	tests := []struct {
		name string
		src  []byte
		want resize.Header
		err  error
	}{
		{"JPEG", resizetest.JPEG(photo, 80), of(resize.JPEG, 1, 3, 8), nil},
		{"rotated JPEG", rotated, of(resize.JPEG, 6, 3, 8), nil},
		{"PNG", resizetest.PNG(photo), of(resize.PNG, 1, 3, 8), nil},
		{"grey 16-bit PNG", resizetest.PNG(image.NewGray16(photo.Rect)), of(resize.PNG, 1, 1, 16), nil},
		{"padded JPEG", padded, resize.Header{}, resize.ErrHeaderLong},
		{"nothing", nil, resize.Header{}, resize.ErrUnsupported},
		{"text", []byte("<svg>"), resize.Header{}, resize.ErrUnsupported},
		{"cut", rotated[:40], resize.Header{}, resize.ErrCorrupt},
		{"no size", []byte("GIF89a\x00\x00\x00\x00\x00\x00\x00;"), resize.Header{}, resize.ErrCorrupt},
	}
	for _, test := range tests {
		got, err := resize.Probe(iotest.OneByteReader(bytes.NewReader(test.src)))
		if !errors.Is(err, test.err) || err == nil && published(got) != test.want {
			t.Errorf("%s: got %+v, %v, want %+v, %v", test.name, got, err, test.want, test.err)
		}
	}
	broken := errors.New("connection reset")
	if _, err := resize.Probe(iotest.ErrReader(broken)); err != broken {
		t.Errorf("got %v, want the reader's error", err)
	}
}

// TestClaims checks that sizes which a header claims do not overflow, and are refused if they are over the limits.
func TestClaims(t *testing.T) {
	for _, side := range []int{0, 1, 65535, 1<<31 - 1} {
		h := resize.Header{Format: resize.PNG, Width: side, Height: side, Channels: 4, Depth: 16, Frames: 1, Orientation: 1}
		refused := errors.Is(h.Check(resize.Limits{}), resize.ErrTooLarge)
		if want := side > 10_000; refused != want {
			t.Errorf("%d × %d: refused %t, want %t", side, side, refused, want)
		}
		if got := h.Memory(1000, resize.EngineConfig{}); got < int64(side) {
			t.Errorf("%d × %d: got %d bytes", side, side, got)
		}
		h.Format = resize.GIF
		if got := h.Memory(1<<40, resize.EngineConfig{}); got < int64(side) {
			t.Errorf("GIF of %d × %d: got %d bytes", side, side, got)
		}
	}
}

// foreign reads an image of a format of which Portable reads only the header.
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

// TestProbeForeign reads headers of formats that Portable does not decode, and checks that it refuses them, and of TIFF.
func TestProbeForeign(t *testing.T) {
	size := image.Rect(0, 0, 96, 64)
	of := func(f resize.Format, w, h, channels, depth int) resize.Header {
		return resize.Header{
			Format: f, Width: w, Height: h, Orientation: 1, Frames: 1, Channels: channels, Depth: depth,
		}
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
		{"AVIF, cropped and rotated", foreign(t, "turned.avif"), of(resize.AVIF, 32, 48, 3, 8)},
		{"JXL", foreign(t, "photo.jxl"), of(resize.JXL, 96, 64, 3, 8)},
		{"JXL with alpha", foreign(t, "fade.jxl"), of(resize.JXL, 96, 64, 4, 8)},
		{"JXL, rotated, in a container", foreign(t, "turned.jxl"), of(resize.JXL, 64, 96, 3, 8)},
		{"TIFF", tiffOf(t, resizetest.Photo(96, 64)), of(resize.TIFF, 96, 64, 4, 8)},
		{"grey TIFF of 16 bits", tiffOf(t, image.NewGray16(size)), of(resize.TIFF, 96, 64, 1, 16)},
	} {
		h, err := resize.Probe(bytes.NewReader(test.src))
		got := resize.Header{ // without what only estimates of memory depend on
			Format: h.Format, Width: h.Width, Height: h.Height, Orientation: h.Orientation, Frames: h.Frames,
			Progressive: h.Progressive, Channels: h.Channels, Depth: h.Depth, Quality: h.Quality,
		}
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
		if got.Format == resize.TIFF {
			continue
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

// TestProbeRefuses reads headers of images that libvips must not see.
func TestProbeRefuses(t *testing.T) {
	const size, clap = "ispe\x00\x00\x00\x00\x00\x00\x00\x60\x00\x00\x00\x40", "clap\x00\x00\x00\x30\x00\x00\x00\x01"
	const ispe = "\x00\x00\x00\x14ispe"
	avif, cropped := foreign(t, "photo.avif"), foreign(t, "turned.avif")
	dng := tiffOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	at := binary.LittleEndian.Uint32(dng[4:]) + 2
	dng[at], dng[at+1] = 254, 0 // in place of the width: a reduced image
	dng[at+8] = 1
	for _, test := range []struct {
		name string
		src  []byte
		want error
	}{
		{
			"many pixels", replaced(t, avif, size, "ispe\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"),
			resize.ErrTooLarge,
		},
		{
			"no pixels", replaced(t, avif, size, "ispe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40"),
			resize.ErrCorrupt,
		},
		{"no primary image", replaced(t, avif, "pitm", "free"), resize.ErrUnsupported},
		{"properties of no image", replaced(t, avif, "ipma", "free"), resize.ErrCorrupt},
		{"a box larger than the box around it", replaced(t, avif, ispe, "\x00\x00\x40\x14ispe"), resize.ErrCorrupt},
		{"a box smaller than itself", replaced(t, avif, ispe, "\x00\x00\x00\x04ispe"), resize.ErrCorrupt},
		{"a crop of nothing", replaced(t, cropped, clap, "clap\x00\x00\x00\x30\x00\x00\x00\x00"), resize.ErrCorrupt},
		{"a crop beyond the image", replaced(t, cropped, clap, "clap\x00\x00\x10\x30\x00\x00\x00\x01"), resize.ErrCorrupt},
		{"a raw file", dng, resize.ErrUnsupported},
		{"BigTIFF", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), resize.ErrUnsupported},
		{"BigTIFF of big endian", []byte("MM\x00+\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10"), resize.ErrUnsupported},
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

// FuzzProbe checks what the rest of the package relies on in every header that was read without an error.
func FuzzProbe(f *testing.F) {
	for _, name := range []string{
		"photo.heic", "fade.heic", "photo10.avif", "turned.avif", "photo.jxl", "fade.jxl", "turned.jxl",
	} {
		src := foreign(f, name)
		f.Add(src[:min(len(src), 600)])
	}
	f.Add(tiffOf(f, resizetest.Photo(6, 4)))
	f.Add(tiffOf(f, image.NewGray16(image.Rect(0, 0, 5, 3))))
	f.Add(resizetest.JPEG(resizetest.Photo(8, 8), 50)[:300])
	f.Fuzz(func(t *testing.T, src []byte) {
		for format, quality := range map[resize.Format]int{resize.WebP: probe.WebPQuality(src), resize.AVIF: probe.AVIFQuality(src)} {
			if quality < 0 || quality > 100 {
				t.Errorf("got quality %d of %s", quality, format)
			}
		}
		h, err := resize.ProbeBytes(src)
		if err != nil {
			return
		}
		if h.Width < 1 || h.Height < 1 || h.Frames < 1 || h.Orientation < 1 || h.Orientation > 8 ||
			h.Channels < 1 || h.Channels > 255 || h.Depth < 8 || h.Depth > 32 {
			t.Errorf("got %+v", h)
		}
		if n := h.Memory(int64(len(src)), resize.EngineConfig{}, resize.Transform{Width: 100}); n < int64(len(src)) {
			t.Errorf("%+v: got %d bytes of memory", h, n)
		}
		whole, err := resize.Probe(bytes.NewReader(src))
		if whole.Width != h.Width || whole.Height != h.Height {
			t.Errorf("got %+v, %v of a reader, %+v of bytes", whole, err, h)
		}
	})
}
