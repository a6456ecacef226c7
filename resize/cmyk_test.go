package resize_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Inks come out as the standard library has them, whether they were stored as they are or as luma and chroma.
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

// inkProfile returns a profile in which paper is white, all inks but cyan do nothing, and cyan is red.
func inkProfile(kind string) []byte {
	tag := append([]byte(kind), 0, 0, 0, 0, 4, 3, 2, 0)
	tag = append(tag, make([]byte, 36)...)
	number := func(v, low byte) {
		if tag = append(tag, v); kind == "mft2" {
			tag = append(tag, low)
		}
	}
	straight := func(n, curves int) {
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
	straight(n, 4)
	for node := range 16 {
		lab := [3]byte{255, 128, 128}
		if node >= 8 {
			lab = [3]byte{139, 128 + 81, 128 + 70} // red of sRGB: 54.3, 80.8, 69.9
		}
		for _, v := range lab {
			number(v, 0) // 0xff00 stands for 100
		}
	}
	straight(n, 3)
	p := make([]byte, 128, 200)
	copy(p[12:], "prtrCMYKLab ")
	copy(p[36:], "acsp")
	p = append(p, 0, 0, 0, 1, 'A', '2', 'B', '0', 0, 0, 0, 144)
	p = append(binary.BigEndian.AppendUint32(p, uint32(len(tag))), tag...)
	return p
}

// A picture of inks with their profile has the colours that they make on paper.
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
	// Of so much cyan: from white to red, straight in L*a*b*.
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
			for n := 0; n < len(icc); n += 41 { // a part of a profile is none
				get(resizetest.WithSegment(src, 0xe2, "ICC_PROFILE\x00\x01\x01"+string(icc[:n])))
			}
		}
	}
}
