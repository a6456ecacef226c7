package resize_test

import (
	"fmt"
	"image"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// An AVIF is kept where it is smaller than the WebP of the same quality, and where a quality is requested. Both encoders are given
// their own numbers for that quality.
func TestSmallerOfAVIFAndWebP(t *testing.T) {
	photo := resizetest.JPEG(resizetest.Photo(64, 48), 95)
	for _, test := range []struct {
		name       string
		config     resize.EngineConfig
		quality    int
		avif, webp int // bytes
		want       string
	}{
		{"AVIF is smaller", resize.EngineConfig{}, 0, 100, 101, "avif: avif 61, webp 78"},
		{"both are as small", resize.EngineConfig{}, 0, 100, 100, "avif: avif 61, webp 78"},
		{"WebP is smaller", resize.EngineConfig{}, 0, 101, 100, "webp: avif 61, webp 78"},
		{"WebP is smaller, but the quality is requested", resize.EngineConfig{}, 80, 101, 100, "avif: avif 76"},
		{"of a final", resize.EngineConfig{Thorough: true}, 0, 101, 100, "webp: avif 61, webp 78"},
		{"of the configured qualities", resize.EngineConfig{Quality: resize.Quality{WebP: 50, AVIF: 70}}, 0, 101, 100, "webp: avif 65, webp 57"},
		{"in numbers of the encoders", resize.EngineConfig{EncoderScale: true}, 0, 101, 100, "webp: avif 60, webp 78"},
	} {
		numbers := make(map[resize.Format]int)
		encoder := func(f resize.Format, head string, n int) resize.Codec {
			return resize.Codec{Format: f, Encode: func(_ image.Image, o resize.Encoding) ([]byte, error) {
				numbers[f] = o.Quality
				return append([]byte(head), make([]byte, n-len(head))...), nil
			}}
		}
		test.config.Codecs = []resize.Codec{
			encoder(resize.AVIF, "\x00\x00\x00\x1cftypavif", test.avif), encoder(resize.WebP, "RIFF\x00\x00\x00\x00WEBPVP8 ", test.webp),
		}
		out, err := resize.NewEngine(test.config).Resize(t.Context(), photo, resize.Transform{Width: 32, Format: resize.AVIF, Quality: test.quality})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s: avif %d", resize.Detect(out[0]), numbers[resize.AVIF])
		if n, ok := numbers[resize.WebP]; ok {
			got += fmt.Sprintf(", webp %d", n)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// With q=auto, the qualities of both formats are those that reach the score, and the smaller file is kept.
func TestSmallerOfAutoQuality(t *testing.T) {
	numbers := make(map[resize.Format][]int)
	encoder := func(f resize.Format) resize.Codec {
		return resize.Codec{Format: f, Encode: func(_ image.Image, o resize.Encoding) ([]byte, error) {
			numbers[f] = append(numbers[f], o.Quality)
			return []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), nil
		}}
	}
	for _, score := range []float64{63, 75, 82} {
		e := resize.NewEngine(resize.EngineConfig{AutoScore: score, Codecs: []resize.Codec{encoder(resize.AVIF), encoder(resize.WebP)}})
		src := resizetest.JPEG(resizetest.Grain(160, 120), 98)
		if _, err := e.Resize(t.Context(), src, resize.Transform{Format: resize.AVIF, Quality: resize.AutoQuality}); err != nil {
			t.Fatal(err)
		}
	}
	for f, got := range numbers {
		if len(got) != 3 || got[0] >= got[1] || got[1] >= got[2] {
			t.Errorf("%s: got numbers of %v for three scores, want more for a higher one", f, got)
		}
	}
	if len(numbers) != 2 {
		t.Errorf("got encoders of %v, want both", numbers)
	}
}
