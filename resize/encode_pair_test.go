package resize_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestTwoColors reduces lines of one colour on a ground of another, as of a scan. The variants have both colours and few that lie
// between them, look as they do with all of these, and are no larger than they would be with loss.
func TestTwoColors(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs()})
	variant := func(src []byte, tr resize.Transform) []byte {
		out, err := e.Resize(t.Context(), src, tr)
		if err != nil {
			t.Fatal(err)
		}
		return out[0]
	}
	art := lineArtOf(400, 300)
	for name, colors := range map[string][2]color.NRGBA{
		"black on white": {{255, 255, 255, 255}, {0, 0, 0, 255}},
		"blue on cream":  {{250, 243, 220, 255}, {20, 40, 160, 255}},
	} {
		art.Palette = color.Palette{colors[0], colors[1]}
		want := quality.Colour(art).Reduce(320, 240)
		for kind, src := range map[string][]byte{"PNG": resizetest.PNG(art), "TIFF": tiffOf(t, art), "GIF": stillGIF(t, art)} {
			for _, f := range []resize.Format{resize.Auto, resize.WebP} {
				if f != resize.Auto && !e.Encodes(f) {
					continue
				}
				body := variant(src, resize.Transform{Width: 320, Format: f})
				m := resizetest.Decode(variant(body, resize.Transform{Format: resize.PNG}))
				if n, lines, ground := countColors(m, colors[1], colors[0]); n > 16 || lines == 0 || ground < 320*240/2 {
					t.Errorf("%s, %s as %s: got %d colours, %d pixels of lines, %d of the ground", name, kind, f, n, lines, ground)
				}
				if score := quality.SSIMULACRA2(want, quality.Colour(m)); score < 75 {
					t.Errorf("%s, %s as %s: got a score of %.1f", name, kind, f, score)
				}
				lossy := variant(src, resize.Transform{Width: 320, Format: f, Quality: resize.DefaultQuality})
				if len(body) > len(lossy) {
					t.Errorf("%s, %s as %s: got %d bytes, with loss %d", name, kind, f, len(body), len(lossy))
				}
			}
		}
	}
}

// countColors returns the number of colours of an image, and how many of its pixels have each of two.
func countColors(m image.Image, a, b color.NRGBA) (n, ofA, ofB int) {
	count := make(map[color.Color]int)
	bounds := m.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[color.NRGBAModel.Convert(m.At(x, y))]++
		}
	}
	return len(count), count[a], count[b]
}
