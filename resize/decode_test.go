package resize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestHidden gives an engine files whose frames the probe could miss. They are refused before they take memory.
func TestHidden(t *testing.T) {
	tests := []struct {
		name string
		src  []byte
	}{
		{"WebP frame beyond its canvas", webpWithFrame(2048, 2048)},
		{"GIF frames behind an extension without a length", hiddenFrames("\x21\xff\x00\x01\x00\x00")},
		{
			"GIF frames behind what looks like a trailer",
			hiddenFrames("\x21\xff\x00\x3b" + strings.Repeat("a", 0x3b) + "\x00"),
		},
		{"GIF frames behind a plain text of a wrong length", hiddenFrames("\x21\x01\x00\x3baaaaaaaaaaa\x00")},
	}
	engine := resize.NewEngine(resize.EngineConfig{Limits: resize.Limits{Pixels: 10_000, AnimationPixels: 30_000}})
	for _, test := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := engine.Resize(t.Context(), test.src, resize.Transform{Width: 5})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, resize.ErrCorrupt) {
			t.Errorf("%s: got %v, want %v", test.name, err, resize.ErrCorrupt)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: got %d bytes allocated, want less than a MiB", test.name, got)
		}
	}
}

// webpWithFrame returns an animation of 10 × 10 pixels with a lossless frame of another size, in one colour.
func webpWithFrame(w, h uint32) []byte {
	pixels := []byte{0x2f, 0, 0, 0, 0, 0x07, 0x10, 0x11, 0x11, 0x88, 0x88, 0xfe, 0x07, 0}
	binary.LittleEndian.PutUint32(pixels[1:], w-1|(h-1)<<14|1<<28)
	const at00, size10 = "\x00\x00\x00\x00\x00\x00", "\x09\x00\x00\x09\x00\x00"
	body := "WEBP" + chunk("VP8X", "\x02\x00\x00\x00"+size10) + chunk("ANIM", "\x00\x00\x00\x00\x00\x00") +
		chunk("ANMF", at00+size10+"\x00\x00\x00\x00"+chunk("VP8L", string(pixels)))
	return []byte(chunk("RIFF", body))
}

func chunk(name, data string) string {
	return name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data
}

// hiddenFrames returns a GIF of 100 × 100 pixels with some bytes between its second frame and 500 further frames.
func hiddenFrames(between string) []byte {
	encode := func(n int) []byte {
		g := &gif.GIF{}
		for range n {
			frame := image.NewPaletted(image.Rect(0, 0, 100, 100), color.Palette{color.Black, color.White})
			g.Image = append(g.Image, frame)
			g.Delay = append(g.Delay, 1)
		}
		var b bytes.Buffer
		if err := gif.EncodeAll(&b, g); err != nil {
			panic(err)
		}
		return b.Bytes()
	}
	at := len(encode(2)) - 1
	long := encode(502)
	return bytes.Join([][]byte{long[:at], []byte(between), long[at:]}, nil)
}

// TestUnsupported checks that a JPEG which decoders do not support is not called corrupt.
func TestUnsupported(t *testing.T) {
	src := resizetest.JPEG(resizetest.Photo(32, 32), 80)
	frame := bytes.Index(src, []byte{0xff, 0xc0})
	deep := bytes.Clone(src)
	deep[frame+4] = 12 // bits
	arithmetic := bytes.Clone(src)
	arithmetic[frame+1] = 0xc9
	engine := resize.NewEngine(resize.EngineConfig{})
	for name, src := range map[string][]byte{"12 bits": deep, "arithmetic coding": arithmetic} {
		if _, err := engine.Resize(t.Context(), src, resize.Transform{Width: 5}); !errors.Is(err, resize.ErrUnsupported) {
			t.Errorf("%s: got %v, want %v", name, err, resize.ErrUnsupported)
		}
	}
}

// TestLenient checks that half a JPEG is refused, or displayed as far as it goes by a lenient engine.
func TestLenient(t *testing.T) {
	whole := resizetest.JPEG(resizetest.Photo(400, 300), 85)
	half := whole[:len(whole)/2]
	strict := resize.NewEngine(resize.EngineConfig{})
	if _, err := strict.Resize(t.Context(), half, resize.Transform{Width: 100}); !errors.Is(err, resize.ErrCorrupt) {
		t.Errorf("strict: got %v, want resize.ErrCorrupt", err)
	}
	lenient := resize.NewEngine(resize.EngineConfig{Lenient: true})
	out, err := lenient.Resize(t.Context(), half, resize.Transform{Width: 100, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	got := resizetest.Decode(out[0])
	want, err := strict.Resize(t.Context(), whole, resize.Transform{Width: 100, Format: resize.PNG})
	if err != nil {
		t.Fatal(err)
	}
	top := image.Rect(0, 0, 100, 20)
	if db := resizetest.PSNR(part(got, top), part(resizetest.Decode(want[0]), top)); db < 45 {
		t.Errorf("the half that is there: got %.1f dB", db)
	}
	if r, g, b, _ := got.At(50, 74).RGBA(); r>>8 != g>>8 || g>>8 != b>>8 {
		t.Errorf("the half that is missing: got %d, %d, %d, want grey", r>>8, g>>8, b>>8)
	}
	if _, err := lenient.Resize(t.Context(), []byte("not an image"), resize.Transform{Width: 100}); err == nil {
		t.Error("text: got no error")
	}
}

func part(m image.Image, r image.Rectangle) image.Image {
	return m.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(r)
}
