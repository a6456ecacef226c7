package resize_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestFewerColors reduces images whose edges become blends. They get fewer colours, and look as they do with all of them.
func TestFewerColors(t *testing.T) {
	lit := screenshotOf(160, 120)
	for i := range 9 { // a lamp that no other part has the colour of
		lit.SetNRGBA(80+i%3, 60+i/3, color.NRGBA{255, 0, 0, 255})
	}
	red := lineArtOf(160, 120) // of three colours
	red.Palette = append(red.Palette, color.NRGBA{200, 0, 0, 255})
	red.SetColorIndex(80, 60, 2)
	for name, of := range map[string]struct {
		original image.Image
		most     float64 // times the bytes of what has all of the colours
		decibels float64
	}{
		"screenshot": {screenshotOf(160, 120), 0.6, 36},
		"lamp":       {lit, 0.6, 36},
		"line art":   {red, 0.6, 38},
		"palette":    {ditheredOf(resizetest.Photo(160, 120)), 0.7, 29},
	} {
		src := resizetest.PNG(of.original)
		e := resize.NewEngine(resize.EngineConfig{})
		out := make([][]byte, 2)
		for i, original := range [][]byte{src, append(src, make([]byte, 1<<20)...)} { // the other has bytes for all colours
			variants, err := e.Resize(t.Context(), original, resize.Transform{Width: 128, Format: resize.PNG})
			if err != nil {
				t.Fatal(err)
			}
			out[i] = variants[0]
		}
		if ratio := float64(len(out[0])) / float64(len(out[1])); ratio > of.most {
			t.Errorf("%s: got %d bytes, %.2f times %d, want %.2f at most", name, len(out[0]), ratio, len(out[1]), of.most)
		}
		got, want := resizetest.Decode(out[0]), resizetest.Decode(out[1])
		if d := resizetest.PSNR(got, want); d < of.decibels {
			t.Errorf("%s: got %.1f dB, want %.0f", name, d, of.decibels)
		}
		lamp := got.At(64, 48)
		if r, g, _, _ := lamp.RGBA(); name == "lamp" && (r < 0xc000 || g > 0x4000) {
			t.Errorf("lamp: got %v", lamp)
		}
	}
}
