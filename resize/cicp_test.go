package resize_test

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// withCICP says by what colours a PNG is.
func withCICP(png []byte, primaries, transfer byte) []byte {
	chunk := []byte{'c', 'I', 'C', 'P', primaries, transfer, 0, 1}
	const behindIHDR = 8 + 25
	out := append([]byte(nil), png[:behindIHDR]...)
	out = append(binary.BigEndian.AppendUint32(out, 4), chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, png[behindIHDR:]...)
}

// Pictures of high dynamic range and wide gamut are shown as sRGB.
func TestCodePoints(t *testing.T) {
	for _, test := range []struct {
		name                string
		primaries, transfer byte
		from, want          color.NRGBA
	}{
		{"sRGB", 1, 13, color.NRGBA{200, 40, 90, 255}, color.NRGBA{200, 40, 90, 255}},
		{"the curve of television", 1, 1, color.NRGBA{200, 40, 90, 255}, color.NRGBA{200, 40, 90, 255}},
		{"P3", 12, 13, color.NRGBA{200, 100, 100, 255}, color.NRGBA{214, 96, 98, 255}},
		{"PQ, black", 9, 16, color.NRGBA{0, 0, 0, 255}, color.NRGBA{0, 0, 0, 255}},
		{"PQ, 100 cd/m²", 9, 16, color.NRGBA{130, 130, 130, 255}, color.NRGBA{187, 187, 187, 255}},
		{"PQ, white of 203 cd/m²", 9, 16, color.NRGBA{148, 148, 148, 255}, color.NRGBA{233, 233, 233, 255}},
		{"PQ, a lamp", 9, 16, color.NRGBA{230, 230, 230, 255}, color.NRGBA{255, 255, 255, 255}},
		{"HLG, white", 9, 18, color.NRGBA{191, 191, 191, 255}, color.NRGBA{233, 233, 233, 255}},
	} {
		m := image.NewNRGBA(image.Rect(0, 0, 16, 16))
		for i := range 256 {
			m.SetNRGBA(i%16, i/16, test.from)
		}
		src := withCICP(resizetest.PNG(m), test.primaries, test.transfer)
		for _, f := range []resize.Format{resize.PNG, resize.JPEG} {
			out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Width: 8, Format: f, Quality: 95})
			if err != nil {
				t.Fatal(err)
			}
			c := color.NRGBAModel.Convert(resizetest.Decode(out[0]).At(4, 4)).(color.NRGBA)
			near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 3 }
			if !near(c.R, test.want.R) || !near(c.G, test.want.G) || !near(c.B, test.want.B) {
				t.Errorf("%s as %s: got %v, want %v", test.name, f, c, test.want)
			}
		}
	}
}
