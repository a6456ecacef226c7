package probe_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// The tables of a JPEG tell its quality, wherever libjpeg's are used.
func TestJPEGQuality(t *testing.T) {
	for quality := 1; quality <= 100; quality++ {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		h, err := probe.JPEG(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		// The steps of the lowest qualities are all at their bound.
		if got := h.Quality; got != quality && !(quality < 4 && got < quality) {
			t.Errorf("quality %d: got %d", quality, got)
		}
	}
}
