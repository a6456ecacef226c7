package resize_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/quality"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A variant of a coarse JPEG is no finer than the original, unless a quality is requested. The smaller it is, the less the
// errors of the original are left, and the finer it becomes.
func TestQualityFollowsOriginal(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	for _, test := range []struct{ original, width, requested, want int }{
		{40, 400, 0, 40},
		{40, 0, 0, 40},
		{40, 320, 0, 50},
		{40, 240, 0, 63},
		{40, 200, 0, 65},
		{20, 400, 0, 20},
		{60, 400, 0, 60},
		{60, 320, 0, 65},
		{95, 400, 0, 65},
		{40, 400, 90, 90},
	} {
		src := resizetest.JPEG(resizetest.Photo(400, 300), test.original)
		out, err := e.Resize(t.Context(), src, resize.Transform{Width: test.width, Quality: test.requested, Format: resize.JPEG})
		if err != nil {
			t.Fatal(err)
		}
		h, err := resize.ProbeBytes(out[0])
		if err != nil || h.Quality != test.want {
			t.Errorf("original of quality %d, width %d, requested %d: got quality %d, %v, want %d",
				test.original, test.width, test.requested, h.Quality, err, test.want)
		}
	}
}

// What is saved by that is hardly visible.
func TestFollowedQualityLooksAsGood(t *testing.T) {
	e := resize.NewEngine(resize.EngineConfig{})
	photo := resizetest.Photo(400, 300)
	src := resizetest.JPEG(photo, 40)
	for _, width := range []int{400, 320, 200} {
		ts := []resize.Transform{{Width: width, Format: resize.JPEG}, {Width: width, Quality: resize.DefaultQuality, Format: resize.JPEG}}
		out, err := e.Resize(t.Context(), src, ts...)
		if err != nil {
			t.Fatal(err)
		}
		var scores [2]float64
		for i, body := range out {
			scores[i] = resizetest.Score(t, e, body, quality.Colour(photo).Reduce(width, width*3/4))
		}
		if scores[0] < scores[1]-4 || len(out[0]) > len(src) {
			t.Errorf("%d px: got %d bytes and a score of %.1f, with the usual quality %d and %.1f; the original has %d bytes",
				width, len(out[0]), scores[0], len(out[1]), scores[1], len(src))
		}
	}
}
