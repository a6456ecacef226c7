package resize_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestPortable(t *testing.T) { resizetest.Run(t, resize.NewEngine(resize.EngineConfig{})) }

// FuzzResize starts from small images. An engine makes variants that can be decoded, or returns an error of the image.
func FuzzResize(f *testing.F) {
	photo := resizetest.Photo(24, 18)
	f.Add(resizetest.JPEG(photo, 70))
	f.Add(resizetest.WithEXIF(resizetest.JPEG(photo, 70), 6, "x"))
	f.Add(resizetest.PNG(photo))
	f.Add(resizetest.PNG(image.NewPaletted(photo.Rect, color.Palette{color.Black, color.White})))
	f.Add([]byte("GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" +
		",\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x02\x84Q\x00;"))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	engine := resize.NewEngine(resize.EngineConfig{Limits: resize.Limits{Pixels: 1 << 18, AnimationPixels: 1 << 18}})
	f.Fuzz(func(t *testing.T, src []byte) {
		resize.Probe(bytes.NewReader(src))
		out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 8},
			resize.Transform{Width: 5, Height: 5, Fit: resize.Cover, Crop: resize.Smart, Format: resize.PNG})
		switch {
		case err == nil:
			for _, variant := range out {
				resizetest.Decode(variant)
			}
		case strings.Contains(err.Error(), "panic"):
			t.Error(err)
		case !errors.Is(err, resize.ErrCorrupt) && !errors.Is(err, resize.ErrUnsupported) &&
			!errors.Is(err, resize.ErrTooLarge):
			t.Errorf("%v is not an error of the image", err)
		}
	})
}

// TestSpareIsTaken lends processors: of four variants three are encoded while the pixels of the next are made.
func TestSpareIsTaken(t *testing.T) {
	lent := 0
	src := resizetest.JPEG(resizetest.Photo(90, 60), 90)
	err := resize.NewEngine(resize.EngineConfig{}).Each(t.Context(), src, resize.Job{
		Transforms: []resize.Transform{{Width: 40}, {Width: 30}, {Width: 20}, {Width: 10}},
		Spare:      func(int64) (func(), bool) { lent++; return func() {}, true },
		Yield: func(_ int, _ []byte, err error) {
			if err != nil {
				t.Error(err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if lent != 3 {
		t.Errorf("got %d processors, want 3", lent)
	}
}

// TestProgressive checks that progressive JPEGs have the same pixels as others, in fewer bytes.
func TestProgressive(t *testing.T) {
	src := resizetest.JPEG(resizetest.Photo(900, 600), 90)
	tr := resize.Transform{Width: 480, Format: resize.JPEG}
	var out [2][]byte
	for i, progressive := range []bool{false, true} {
		all, err := resize.NewEngine(resize.EngineConfig{Progressive: progressive}).Resize(t.Context(), src, tr)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = all[0]
		if h, err := resize.ProbeBytes(out[i]); err != nil || h.Progressive != progressive {
			t.Errorf("asked for %v: got %+v, %v", progressive, h, err)
		}
	}
	if !bytes.Equal(resizetest.Decode(out[0]).(*image.YCbCr).Y, resizetest.Decode(out[1]).(*image.YCbCr).Y) {
		t.Error("got different pixels")
	}
	if len(out[1]) >= len(out[0]) {
		t.Errorf("got %d bytes, more than the %d of one scan", len(out[1]), len(out[0]))
	}
}
