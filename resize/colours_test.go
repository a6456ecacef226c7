package resize_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestInks compares images of inks without a profile with the conversion of the standard library, for inks that are
// stored as they are and as luma and chroma.
func TestInks(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for name, transform := range map[string]string{"CMYK": "\x00", "YCCK": "\x02"} {
		src := resizetest.WithSegment(src, 0xee, "Adobe\x00\x64\x00\x00\x00\x00"+transform)
		out, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		if db := resizetest.PSNR(resizetest.Decode(out[0]), resizetest.Decode(src)); db < 40 {
			t.Errorf("%s: got %.1f dB", name, db)
		}
	}
}

// inkProfile returns a profile in which cyan ink is red on white paper and the other inks are invisible.
func inkProfile(kind string) []byte {
	tag := append([]byte(kind), 0, 0, 0, 0, 4, 3, 2, 0)
	tag = append(tag, make([]byte, 36)...)
	number := func(v, low byte) {
		if tag = append(tag, v); kind == "mft2" {
			tag = append(tag, low)
		}
	}
	linear := func(n, curves int) {
		for range curves {
			for i := range n {
				number(byte(i*255/(n-1)), byte(i*255/(n-1)))
			}
		}
	}
	n := 256
	if kind == "mft2" {
		n = 2
		tag = append(tag, 0, 2, 0, 2)
	}
	linear(n, 4)
	for node := range 16 {
		lab := [3]byte{255, 128, 128}
		if node >= 8 {
			lab = [3]byte{139, 128 + 81, 128 + 70} // red of sRGB: 54.3, 80.8, 69.9
		}
		for _, v := range lab {
			number(v, 0) // 0xff00 stands for 100
		}
	}
	linear(n, 3)
	p := make([]byte, 128, 200)
	copy(p[12:], "prtrCMYKLab ")
	copy(p[36:], "acsp")
	p = append(p, 0, 0, 0, 1, 'A', '2', 'B', '0', 0, 0, 0, 144)
	p = append(binary.BigEndian.AppendUint32(p, uint32(len(tag))), tag...)
	return p
}

// TestInkProfiles checks that the inks of an image have the colours of their profile.
func TestInkProfiles(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "cmyk.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	engine := resize.NewEngine(resize.EngineConfig{})
	get := func(src []byte) image.Image {
		t.Helper()
		out, err := engine.Resize(t.Context(), src, resize.Transform{Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		return resizetest.Decode(out[0])
	}
	// The green of an amount of cyan: from white to red, linear in L*a*b*.
	greens := map[uint8]uint8{0: 255, 76: 199, 107: 175, 117: 168, 134: 154, 142: 148, 189: 108, 255: 1}
	for name, transform := range map[string]string{"CMYK": "\x00", "YCCK": "\x02"} {
		src := resizetest.WithSegment(src, 0xee, "Adobe\x00\x64\x00\x00\x00\x00"+transform)
		inks, err := jpeg.Decode(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"mft1", "mft2"} {
			icc := inkProfile(kind)
			got := get(resizetest.WithSegment(src, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(icc)))
			for _, at := range []image.Point{{2, 2}, {25, 16}, {45, 30}, {10, 25}} {
				cyan := inks.(*image.CMYK).CMYKAt(at.X, at.Y).C
				green, known := greens[cyan]
				c := color.NRGBAModel.Convert(got.At(at.X, at.Y)).(color.NRGBA)
				if !known || c.R < 253 || max(c.G, green)-min(c.G, green) > 2 {
					t.Errorf("%s, %s, cyan %d: got %v, want green of %d", name, kind, cyan, c, green)
				}
			}
			for n := 0; n < len(icc); n += 41 { // a part of a profile is not used
				get(resizetest.WithSegment(src, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(icc[:n])))
			}
		}
	}
}

// withChunk inserts a chunk after the header of a PNG.
func withChunk(png []byte, name string, data ...byte) []byte {
	chunk := append([]byte(name), data...)
	const afterIHDR = 8 + 25
	out := append([]byte(nil), png[:afterIHDR]...)
	out = append(binary.BigEndian.AppendUint32(out, uint32(len(data))), chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, png[afterIHDR:]...)
}

// TestCodePoints checks that images of high dynamic range and of wide gamut are converted to sRGB.
func TestCodePoints(t *testing.T) {
	engine := resize.NewEngine(resize.EngineConfig{})
	for _, test := range []struct {
		name                string
		primaries, transfer byte
		from, want          color.NRGBA
	}{
		{"sRGB", 1, 13, color.NRGBA{200, 40, 90, 255}, color.NRGBA{200, 40, 90, 255}},
		{"the transfer function of television", 1, 1, color.NRGBA{200, 40, 90, 255}, color.NRGBA{200, 40, 90, 255}},
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
		src := withChunk(resizetest.PNG(m), "cICP", test.primaries, test.transfer, 0, 1)
		for _, f := range []resize.Format{resize.PNG, resize.JPEG} {
			out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 8, Format: f, Quality: 95})
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

// TestProfiles converts from a profile with red and green exchanged.
func TestProfiles(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := 0; i < len(m.Pix); i += 4 {
		copy(m.Pix[i:], []byte{200, 40, 40, 255})
	}
	engine := resize.NewEngine(resize.EngineConfig{})
	middle := func(src []byte, f resize.Format) color.NRGBA {
		t.Helper()
		out, err := engine.Resize(t.Context(), src, resize.Transform{Width: 20, Format: f, Quality: 95})
		if err != nil {
			t.Fatal(err)
		}
		return color.NRGBAModel.Convert(resizetest.Decode(out[0]).At(10, 10)).(color.NRGBA)
	}
	src := resizetest.JPEG(m, 95)
	with := func(icc []byte) []byte {
		return resizetest.WithSegment(src, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(icc))
	}
	swapped := with(resizetest.Profile(resizetest.Green, resizetest.Red, resizetest.Blue))
	plain := with(resizetest.Profile(resizetest.Red, resizetest.Green, resizetest.Blue))
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		if c := middle(swapped, f); c.G < 180 || c.R > 60 {
			t.Errorf("%s, red and green exchanged: got %v, want green", f, c)
		}
		if c := middle(plain, f); c.R < 180 || c.G > 60 {
			t.Errorf("%s, sRGB: got %v, want red", f, c)
		}
	}
	// A profile of a kind that can't be converted from goes along with the variant.
	lut := resizetest.Profile(resizetest.Red, resizetest.Green, resizetest.Blue)
	copy(lut[20:], "Lab ")
	for _, f := range []resize.Format{resize.JPEG, resize.PNG} {
		out, err := engine.Resize(t.Context(), with(lut), resize.Transform{Format: f})
		if err != nil {
			t.Fatal(err)
		}
		if has := bytes.Contains(out[0], []byte("ICC_PROFILE")) || bytes.Contains(out[0], []byte("iCCP")); !has {
			t.Errorf("%s: the profile got lost", f)
		}
		resizetest.Decode(out[0])
	}
}
