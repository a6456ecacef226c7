package resize_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// What stands inside a frame, or behind what a walk over the file saw, is held to the limits as well.
func TestHidden(t *testing.T) {
	tests := []struct {
		name string
		src  []byte
	}{
		{"WebP frame beyond its canvas", webpWithFrame(2048, 2048)},
		{"GIF frames behind an extension without a length", hiddenFrames("\x21\xff\x00\x01\x00\x00")},
		{"GIF frames behind what looks like a trailer", hiddenFrames("\x21\xff\x00\x3b" + strings.Repeat("a", 0x3b) + "\x00")},
		{"GIF frames behind a text of a wrong length", hiddenFrames("\x21\x01\x00\x3baaaaaaaaaaa\x00")},
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

// webpWithFrame returns an animation of 10 × 10 pixels with a lossless frame of one colour that is larger.
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

// hiddenFrames returns a GIF of 100 × 100 pixels with some bytes between its second frame and 500 more.
func hiddenFrames(between string) []byte {
	encode := func(n int) []byte {
		g := &gif.GIF{}
		for range n {
			g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 100, 100), color.Palette{color.Black, color.White}))
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

// What a decoder does not take is not the same as what is broken.
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

// A grey picture on a coloured background is not grey any more.
func TestGreyOnColor(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	src := resizetest.PNG(image.NewGray(image.Rect(0, 0, 40, 20)))
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 20, Height: 20, Fit: resize.Contain, Background: "ff0000", Format: f})
		if err != nil {
			t.Fatal(err)
		}
		if c := color.NRGBAModel.Convert(resizetest.Decode(out[0]).At(1, 1)).(color.NRGBA); c.R < 240 || c.G > 20 {
			t.Errorf("%s: got %v, want red", f, c)
		}
	}
}

// The gate relies on Memory: it is no less than what is held in fact, and not beyond measure.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("what the race detector adds is not what is measured")
	}
	const w, h = 1200, 800
	photo := resizetest.Photo(w, h)
	glass := &image.NRGBA{Pix: bytes.Clone(photo.Pix), Stride: photo.Stride, Rect: photo.Rect}
	glass.Pix[3] = 0
	kinds := map[string][]byte{
		"JPEG":          resizetest.JPEG(photo, 85),
		"grey JPEG":     resizetest.JPEG(image.NewGray(photo.Rect), 85),
		"PNG":           resizetest.PNG(photo),
		"alpha PNG":     resizetest.PNG(glass),
		"palette PNG":   resizetest.PNG(image.NewPaletted(photo.Rect, color.Palette{color.Black, color.White})),
		"grey PNG":      resizetest.PNG(image.NewGray(photo.Rect)),
		"deep grey PNG": resizetest.PNG(image.NewGray16(photo.Rect)),
	}
	transforms := []resize.Transform{
		{Width: 400}, {Format: resize.PNG},
		{Width: w, Height: 1, Fit: resize.Fill},
		{Width: 1500, Height: 1500, Fit: resize.Contain, Format: resize.PNG},
	}
	for name, src := range kinds {
		engine := resize.NewEngine(resize.EngineConfig{Progressive: strings.HasSuffix(name, "JPEG")})
		header, err := resize.ProbeBytes(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, transform := range transforms {
			held := peak(func() { _, err = engine.Resize(t.Context(), src, transform) })
			if err != nil {
				t.Fatal(err)
			}
			held += int64(len(src))
			want := header.Memory(int64(len(src)), resize.Limits{}, transform)
			if held > want+want/8+1<<20 || want > 40*w*h {
				t.Errorf("%s, %s: got %.1f bytes for a pixel, want %.1f", name, transform, float64(held)/(w*h), float64(want)/(w*h))
			}
		}
	}
}

// What a JPEG takes goes by the scale that it is decoded at, as the decoder does.
func TestMemoryOfScaledJPEGs(t *testing.T) {
	if testing.Short() {
		t.Skip("what the race detector adds is not what is measured")
	}
	const w, h = 4800, 3200
	plain := resizetest.JPEG(resizetest.Photo(w, h), 85)
	again, err := resize.NewEngine(resize.EngineConfig{Progressive: true}).Resize(t.Context(), plain, resize.Transform{Quality: 85, Format: resize.JPEG})
	if err != nil {
		t.Fatal(err)
	}
	engine := resize.NewEngine(resize.EngineConfig{})
	for name, src := range map[string][]byte{"baseline": plain, "progressive": again[0]} {
		header, err := resize.ProbeBytes(src)
		if err != nil || header.Progressive != (name == "progressive") {
			t.Fatalf("%s: %+v, %v", name, header, err)
		}
		need := func(width int) int64 {
			return header.Memory(int64(len(src)), resize.Limits{}, resize.Transform{Width: width, Format: resize.JPEG})
		}
		for _, width := range []int{100, 700, 1280, 2000, 3000, w} {
			held := peak(func() {
				if _, err := engine.Resize(t.Context(), src, resize.Transform{Width: width, Format: resize.JPEG}); err != nil {
					t.Fatal(err)
				}
			}) + int64(len(src))
			if want := need(width); held > want+want/8+1<<20 {
				t.Errorf("%s to %d: got %.1f MB, want %.1f", name, width, float64(held)/1e6, float64(want)/1e6)
			}
		}
		if need(100) > need(w)/4 {
			t.Errorf("%s: %.1f MB for a small one, %.1f for all of it", name, float64(need(100))/1e6, float64(need(w))/1e6)
		}
	}
}

// peak returns the size of the heap at its largest while f runs, above what it was.
func peak(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	before := stats.HeapAlloc
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var m uint64
		for tick := time.NewTicker(time.Millisecond); ; {
			runtime.ReadMemStats(&stats)
			m = max(m, stats.HeapAlloc)
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				most <- m
				return
			}
		}
	}()
	f()
	close(stop)
	return int64(<-most) - int64(before)
}
