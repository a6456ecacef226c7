package qualityscale_test

import (
	"image"
	"math"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/vips"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// Each image gets a quality of its own, with which it comes closer to the score than with the quality that suits most.
func TestAutoQuality(t *testing.T) {
	large := resizetest.Photo(1280, 960)
	images := map[string]image.Image{
		"soft": resizetest.Reference(large, large.Rect, 320, 240), "sharp": resizetest.Photo(320, 240), "grain": resizetest.Grain(320, 240),
	}
	codecs := slices.Concat(webp.Codecs(), vips.Codecs())
	for _, f := range []resize.Format{resize.JPEG, resize.WebP, resize.AVIF} {
		qualities := make(map[int]bool)
		for name, m := range images {
			var bytes [2]int
			for i, score := range []float64{69, 82} {
				e := resize.NewEngine(resize.EngineConfig{AutoScore: score, Codecs: codecs})
				if !e.Encodes(f) {
					continue
				}
				out, err := e.Resize(t.Context(), resizetest.JPEG(m, 98), resize.Transform{Format: f, Quality: resize.AutoQuality})
				if err != nil {
					t.Fatal(err)
				}
				bytes[i] = len(out[0])
				if got := resizetest.Score(t, e, out[0], quality.Colour(m)); math.Abs(got-score) > 9 {
					t.Errorf("%s as %s: got a score of %.1f, want %.1f", name, f, got, score)
				}
				if h, err := resize.ProbeBytes(out[0]); err == nil && h.Quality != 0 {
					qualities[h.Quality] = true
				}
			}
			if bytes[0] > bytes[1] || bytes[0] == bytes[1] && bytes[0] != 0 {
				t.Errorf("%s as %s: got %d bytes for less and %d for more", name, f, bytes[0], bytes[1])
			}
		}
		if f == resize.JPEG && len(qualities) < 5 {
			t.Errorf("got qualities of %v only", qualities)
		}
	}
}

// The scores of different images differ less with q=auto than with the quality that suits most, in each format: in WebP and AVIF by
// half, as it knows their artefacts.
func TestAutoQualityEvensScores(t *testing.T) {
	large := resizetest.Photo(1280, 960)
	images := []image.Image{
		resizetest.Reference(large, large.Rect, 160, 120), resizetest.Photo(160, 120), resizetest.Photo(320, 240), resizetest.Grain(160, 120),
	}
	e := autoEngine(0)
	for f, most := range map[resize.Format]float64{resize.JPEG: 1, resize.WebP: 0.5, resize.AVIF: 0.5} {
		if !e.Encodes(f) {
			continue
		}
		var auto, fixed []float64
		for _, m := range images {
			p := autoPhoto{file: resizetest.JPEG(m, 98), want: quality.Colour(m)}
			auto = append(auto, p.score(t, e, f, resize.AutoQuality))
			fixed = append(fixed, p.score(t, e, f, resize.DefaultQuality))
		}
		if deviation(auto) > most*deviation(fixed) {
			t.Errorf("%s: got scores of %.1f, which deviate by %.2f, and with q=%d of %.1f, by %.2f",
				f, auto, deviation(auto), resize.DefaultQuality, fixed, deviation(fixed))
		}
	}
}

// An image without detail has no bad quality, and one without a whole block has no estimate.
func TestAutoQualityOfLittle(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	for _, m := range []image.Image{image.NewGray(image.Rect(0, 0, 64, 64)), resizetest.Photo(7, 300), resizetest.Photo(1, 1)} {
		for _, f := range []resize.Format{resize.JPEG, resize.Auto} {
			for _, src := range [][]byte{resizetest.JPEG(m, 90), resizetest.PNG(m)} {
				out, err := e.Resize(t.Context(), src, resize.Transform{Format: f, Quality: resize.AutoQuality, Blur: 1})
				if err != nil || len(out[0]) == 0 {
					t.Errorf("%v as %s: got %d bytes, %v", m.Bounds(), f, len(out[0]), err)
				}
			}
		}
	}
}
