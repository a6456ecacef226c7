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

// The same quality has about the same score in all formats that this build writes.
func TestQualityMeansTheSame(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{Codecs: slices.Concat(webp.Codecs(), vips.Codecs())})
	for f, qualities := range map[resize.Format][]int{resize.WebP: {60, 80}, resize.AVIF: {40, 80}} {
		if !e.Encodes(f) {
			continue
		}
		for _, q := range qualities {
			got, want := medianScore(t, e, f, q), medianScore(t, e, resize.JPEG, q)
			if math.Abs(got-want) > 6 {
				t.Errorf("%s at quality %d: got a median score of %.1f, JPEG has %.1f", f, q, got, want)
			}
		}
	}
}

// medianScore returns the median of the scores of three pictures: one has sharp edges, one is soft, and one has grain.
func medianScore(t *testing.T, e resize.Engine, f resize.Format, q int) float64 {
	t.Helper()
	large := resizetest.Photo(640, 480)
	var scores []float64
	soft := resizetest.Reference(large, large.Rect, 320, 240)
	for _, m := range []image.Image{resizetest.Photo(320, 240), soft, resizetest.Grain(320, 240)} {
		out, err := e.Resize(t.Context(), resizetest.PNG(m), resize.Transform{Format: f, Quality: q})
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, resizetest.Score(t, e, out[0], quality.Colour(m)))
	}
	slices.Sort(scores)
	return scores[1]
}
