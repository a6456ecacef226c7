package resize_test

import (
	"image"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestAVIFCodecs has each decoder of AVIF in this build read what each encoder has written.
func TestAVIFCodecs(t *testing.T) {
	photo := resizetest.Photo(97, 63)
	fade := image.NewNRGBA(photo.Rect)
	for i, v := range photo.Pix {
		fade.Pix[i] = v
		if i%4 == 3 {
			fade.Pix[i] = uint8(128 + i/4%97)
		}
	}
	for _, writer := range memoryCodecs() {
		if writer.Format != resize.AVIF || writer.Encode == nil {
			continue
		}
		for _, m := range []*image.NRGBA{photo, fade} {
			body, err := writer.Encode(m, resize.Encoding{Quality: 60})
			if err != nil {
				t.Fatal(err)
			}
			for _, reader := range memoryCodecs() {
				if reader.Format != resize.AVIF || reader.Decode == nil {
					continue
				}
				d, err := reader.Decode(body, 1)
				if err != nil {
					t.Errorf("by %s, read by %s: %v", writer.Name, reader.Name, err)
					continue
				}
				if got := resizetest.PSNR(d.Image, m); got < 30 {
					t.Errorf("by %s, read by %s: got %.1f dB", writer.Name, reader.Name, got)
				}
			}
		}
	}
}
