package png_test

import (
	"bytes"
	"image"
	stdpng "image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize/png"
)

// FuzzMend mends any bytes behind the signature: what it makes of a PNG that image/png reads is the same image.
func FuzzMend(f *testing.F) {
	m := image.NewNRGBA(image.Rect(0, 0, 5, 3))
	for i := range m.Pix {
		m.Pix[i] = uint8(37 * i)
	}
	whole, err := png.Encode(m, png.Options{})
	if err != nil {
		f.Fatal(err)
	}
	for _, n := range []int{0, 1, 11, 12, 16, 17} {
		f.Add(whole[:len(whole)-n])
	}
	signature := string(whole[:8])
	f.Fuzz(func(t *testing.T, src []byte) {
		if !bytes.HasPrefix(src, []byte(signature)) {
			src = append([]byte(signature), src...)
		}
		var mended bytes.Buffer
		if err := png.Mend(&mended, src); err != nil || len(src) > 1<<16 {
			return
		}
		config, err := stdpng.DecodeConfig(bytes.NewReader(src))
		if err != nil || config.Width*config.Height > 1<<16 {
			return
		}
		want, err := stdpng.Decode(bytes.NewReader(src))
		if err != nil {
			return
		}
		got, err := stdpng.Decode(&mended)
		if err != nil || !samePixels(got, want) {
			t.Errorf("got another image, %v", err)
		}
	})
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
