package resize_test

import (
	"encoding/binary"
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// numbers returns numbers of 32 bits.
func numbers(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// TestGamma checks that a PNG whose colours are named by gamma and primaries is converted to sRGB, and that what is better
// than these is preferred. The originals are asked for in their own size too, where they could be passed on.
func TestGamma(t *testing.T) {
	red, grey := color.NRGBA{200, 100, 100, 255}, color.NRGBA{64, 64, 64, 255}
	half := color.NRGBA{64, 0, 0, 128}
	linearRed, linearGrey, linearHalf := color.NRGBA{229, 168, 168, 255}, color.NRGBA{137, 137, 137, 255}, color.NRGBA{137, 0, 0, 128}
	linear := numbers(100_000)
	primaries := func(redX, redY, greenX, greenY, blueX, blueY uint32) []byte {
		return numbers(31270, 32900, redX, redY, greenX, greenY, blueX, blueY)
	}
	srgb, p3 := primaries(64000, 33000, 30000, 60000, 15000, 6000), primaries(68000, 32000, 26500, 69000, 15000, 6000)
	for name, test := range map[string]struct {
		chunks     map[string][]byte
		from, want color.NRGBA
	}{
		"linear":                     {map[string][]byte{"gAMA": linear}, red, linearRed},
		"linear grey":                {map[string][]byte{"gAMA": linear}, grey, linearGrey},
		"linear with alpha":          {map[string][]byte{"gAMA": linear}, half, linearHalf},
		"linear grey, primaries":     {map[string][]byte{"gAMA": linear, "cHRM": p3}, grey, linearGrey},
		"old Macintosh":              {map[string][]byte{"gAMA": numbers(55556)}, red, color.NRGBA{210, 119, 119, 255}},
		"sRGB":                       {map[string][]byte{"gAMA": numbers(45455)}, grey, grey},
		"nearly sRGB":                {map[string][]byte{"gAMA": numbers(45000), "cHRM": srgb}, red, red},
		"P3":                         {map[string][]byte{"gAMA": numbers(45455), "cHRM": p3}, red, color.NRGBA{215, 93, 97, 255}},
		"primaries alone":            {map[string][]byte{"cHRM": p3}, red, red},
		"the chunk of sRGB":          {map[string][]byte{"gAMA": linear, "sRGB": {0}}, red, red},
		"code points":                {map[string][]byte{"gAMA": linear, "cICP": {1, 13, 0, 1}}, red, red},
		"no gamma":                   {map[string][]byte{"gAMA": numbers(0), "cHRM": p3}, red, red},
		"primaries on a line":        {map[string][]byte{"gAMA": linear, "cHRM": primaries(1, 1, 2, 2, 3, 3)}, red, red},
		"primaries nearly on a line": {map[string][]byte{"gAMA": linear, "cHRM": primaries(30000, 60000, 30001, 60000, 30002, 59999)}, red, red},
		"primaries without light":    {map[string][]byte{"gAMA": linear, "cHRM": make([]byte, 32)}, red, red},
		"chunks of a wrong length":   {map[string][]byte{"gAMA": {1}, "cHRM": {2}}, red, red},
	} {
		m := image.NewNRGBA(image.Rect(0, 0, 16, 16))
		for i := range 256 {
			m.SetNRGBA(i%16, i/16, test.from)
		}
		src := resizetest.PNG(m)
		for chunk, data := range test.chunks {
			src = withChunk(src, chunk, data...)
		}
		out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{}, resize.Transform{Width: 8})
		if err != nil {
			t.Fatal(err)
		}
		for i, body := range out {
			c := color.NRGBAModel.Convert(resizetest.Decode(body).At(4, 4)).(color.NRGBA)
			near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 1 }
			if !near(c.R, test.want.R) || !near(c.G, test.want.G) || !near(c.B, test.want.B) || c.A != test.want.A {
				t.Errorf("%s, variant %d: got %v, want %v", name, i, c, test.want)
			}
		}
	}
}
