package resize_test

import (
	"bytes"
	"image"
	"image/color"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestMemory measures the memory that variants take. The estimate, which the gate of the server relies on, must not be
// less, and not be much more.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes memory too")
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
				t.Errorf("%s, %s: got %.1f bytes for a pixel, want %.1f",
					name, transform, float64(held)/(w*h), float64(want)/(w*h))
			}
		}
	}
}

// TestMemoryOfScaledJPEGs checks that the estimate for a JPEG follows the scale at which it is decoded.
func TestMemoryOfScaledJPEGs(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes memory too")
	}
	const w, h = 4800, 3200
	plain := resizetest.JPEG(resizetest.Photo(w, h), 85)
	progressive := resize.NewEngine(resize.EngineConfig{Progressive: true})
	out, err := progressive.Resize(t.Context(), plain, resize.Transform{Quality: 85, Format: resize.JPEG})
	if err != nil {
		t.Fatal(err)
	}
	engine := resize.NewEngine(resize.EngineConfig{})
	to := func(width int) resize.Transform { return resize.Transform{Width: width, Format: resize.JPEG} }
	for name, src := range map[string][]byte{"baseline": plain, "progressive": out[0]} {
		header, err := resize.ProbeBytes(src)
		if err != nil || header.Progressive != (name == "progressive") {
			t.Fatalf("%s: %+v, %v", name, header, err)
		}
		need := func(width int) int64 {
			return header.Memory(int64(len(src)), resize.Limits{}, to(width))
		}
		for _, width := range []int{100, 700, 1280, 2000, 3000, w} {
			held := peak(func() {
				if _, err := engine.Resize(t.Context(), src, to(width)); err != nil {
					t.Fatal(err)
				}
			}) + int64(len(src))
			if want := need(width); held > want+want/8+1<<20 {
				t.Errorf("%s to %d: got %.1f MB, want %.1f", name, width, float64(held)/1e6, float64(want)/1e6)
			}
		}
		if need(100) > need(w)/4 {
			t.Errorf("%s: %.1f MB for a small variant, %.1f for one of full size",
				name, float64(need(100))/1e6, float64(need(w))/1e6)
		}
	}
}

// peak returns by how much the heap grows at most while f runs.
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
