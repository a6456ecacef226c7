package resize_test

import (
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// The frame of an AVIF tells its quality, and variants in other formats get no finer one: an original of low quality is not larger
// as a WebP. Whatever part of the file is there is read without a fault.
func TestAVIFQuality(t *testing.T) {
	codec := writerOf(resize.AVIF)
	if codec.Encode == nil {
		t.Skip("no codec writes AVIF")
	}
	m := resizetest.Photo(320, 240)
	sizes := make(map[int]int)
	e := resize.NewEngine(resize.EngineConfig{Codecs: memoryCodecs()})
	for _, quality := range []int{20, 40, 55, 70, 85, 100} {
		src, err := codec.Encode(m, resize.Encoding{Quality: quality})
		if err != nil {
			t.Fatal(err)
		}
		want := max(quality, 40)
		if quality == 100 {
			want = 0 // there are no steps
		}
		if got := probe.AVIFQuality(src); got < want-1 || got > want+1 {
			t.Errorf("quality %d: got %d", quality, got)
		}
		for n := range min(len(src), 400) {
			if got := probe.AVIFQuality(src[:n]); got != 0 && (got < want-1 || got > want+1) {
				t.Errorf("quality %d, the first %d bytes: got %d", quality, n, got)
			}
			flipped := append([]byte(nil), src...)
			flipped[n] ^= 1 << (n % 8)
			probe.AVIFQuality(flipped)
		}
		out, err := e.Resize(t.Context(), src, resize.Transform{Width: 256, Format: resize.JPEG})
		if err != nil {
			t.Fatal(err)
		}
		sizes[quality] = len(out[0])
	}
	if sizes[40] > 8*sizes[85]/10 || sizes[85] > 11*sizes[100]/10 {
		t.Errorf("got JPEGs of %v bytes by the quality of the original", sizes)
	}
}
