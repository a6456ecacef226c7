//go:build cgo

package webp_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/webp"
)

// The quantisers of a frame tell the quality of libwebp, and a variant in the original's size is no larger.
func TestQualityFollowsOriginal(t *testing.T) {
	photo := resizetest.Photo(300, 200)
	for _, quality := range []int{10, 40, 60, 75, 90} {
		src, err := webp.Encode(photo, resize.Encoding{Quality: quality})
		if err != nil {
			t.Fatal(err)
		}
		own := probe.WebPQuality(src)
		if own < quality-6 || own > quality+6 {
			t.Errorf("quality %d: read as %d", quality, own)
		}
		out, err := engine().Resize(t.Context(), src, resize.Transform{Format: resize.WebP})
		if err != nil {
			t.Fatal(err)
		}
		if 100*len(out[0]) > 105*len(src) {
			t.Errorf("original of quality %d, read as %d: got %d bytes for %d", quality, own, len(out[0]), len(src))
		}
	}
}
