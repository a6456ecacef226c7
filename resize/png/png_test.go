package png_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stdpng "image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize/png"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// paint returns an image of a size whose pixels are what f returns for their numbers.
func paint(w, h int, f func(i int) color.NRGBA) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, f(i))
	}
	return m
}

// encode returns an image as a PNG, whose pixels it has compared with those of the image.
func encode(t *testing.T, m *image.NRGBA, o png.Options) []byte {
	t.Helper()
	body, err := png.Encode(m, o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := stdpng.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Size() != m.Rect.Size() {
		t.Fatalf("got %v, want %v", got.Bounds(), m.Rect)
	}
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			c := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA)
			if want := m.NRGBAAt(m.Rect.Min.X+x, m.Rect.Min.Y+y); c != want {
				t.Fatalf("pixel %d,%d of %v: got %v, want %v", x, y, m.Rect, c, want)
			}
		}
	}
	return body
}

// layoutOf returns the bits of a sample and the colour type of a PNG.
func layoutOf(body []byte) string {
	names := map[byte]string{0: "grey", 2: "RGB", 3: "palette", 4: "grey alpha", 6: "RGBA"}
	return fmt.Sprintf("%s %d", names[body[25]], body[24])
}

func TestLayouts(t *testing.T) {
	grey := func(v, a int) color.NRGBA { return color.NRGBA{uint8(v), uint8(v), uint8(v), uint8(a)} }
	for _, test := range []struct {
		name, want string
		f          func(i int) color.NRGBA
	}{
		{"black and white", "grey 1", func(i int) color.NRGBA { return grey(255*(i%2), 255) }},
		{"thirds of white", "grey 2", func(i int) color.NRGBA { return grey(85*(i%4), 255) }},
		{"fifteenths of white", "grey 4", func(i int) color.NRGBA { return grey(17*(i%16), 255) }},
		{"two odd greys", "palette 1", func(i int) color.NRGBA { return grey(100+i%2, 255) }},
		{"seventeen greys", "grey 8", func(i int) color.NRGBA { return grey(i%17, 255) }},
		{"all greys", "grey 8", func(i int) color.NRGBA { return grey(i%256, 255) }},
		{"a transparent grey", "palette 1", func(i int) color.NRGBA { return grey(0, 255*(i%2)) }},
		{"a shadow", "palette 8", func(i int) color.NRGBA { return grey(0, i%256) }},
		{"greys and alphas", "grey alpha 8", func(i int) color.NRGBA { return grey(i%256, i%251) }},
		{"one colour", "palette 1", func(int) color.NRGBA { return color.NRGBA{1, 2, 3, 255} }},
		{"three colours", "palette 2", func(i int) color.NRGBA { return color.NRGBA{9, 2, uint8(i % 3), 255} }},
		{"five alphas", "palette 4", func(i int) color.NRGBA { return color.NRGBA{9, 2, 3, uint8(251 + i%5)} }},
		{"256 colours", "palette 8", func(i int) color.NRGBA { return color.NRGBA{9, 2, uint8(i), 255} }},
		{"257 colours", "RGB 8", func(i int) color.NRGBA { return color.NRGBA{uint8(i % 257 / 256), 2, uint8(i % 257), 255} }},
		{"257, transparent", "RGBA 8", func(i int) color.NRGBA { return color.NRGBA{uint8(i % 257 / 256), 2, uint8(i % 257), 9} }},
	} {
		if got := layoutOf(encode(t, paint(67, 41, test.f), png.Options{})); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
	few := paint(3, 3, func(i int) color.NRGBA { return color.NRGBA{9, 2, uint8(i), 255} })
	if got := layoutOf(encode(t, few, png.Options{})); got != "RGB 8" {
		t.Errorf("nine pixels of nine colours: got %s, since a palette takes more than they do", got)
	}
}

// TestColors writes images of 1 to 260 colours, opaque or not, in sizes that fill their last bytes or do not.
func TestColors(t *testing.T) {
	for n := 1; n <= 260; n++ {
		for _, alpha := range []bool{false, true} {
			for _, w := range []int{n%7 + 1, 8, 61} {
				encode(t, paint(w, 280/w+1, func(i int) color.NRGBA {
					c := color.NRGBA{uint8(i % n), uint8(i % n / 3), uint8(i % n / 256), 255}
					if alpha {
						c.A = uint8(i % n * 7)
					}
					return c
				}), png.Options{})
			}
		}
	}
}

// TestPhotographs writes images with noise and without, each a part of a larger one.
func TestPhotographs(t *testing.T) {
	photo := resizetest.Photo(150, 110)
	glass := &image.NRGBA{Pix: bytes.Clone(photo.Pix), Stride: photo.Stride, Rect: photo.Rect}
	glass.Pix[4*150*50+3] = 90
	for _, m := range []*image.NRGBA{photo, glass} {
		for _, thorough := range []bool{false, true} {
			for _, part := range []image.Rectangle{m.Rect, image.Rect(3, 5, 130, 90), image.Rect(7, 7, 8, 8)} {
				encode(t, m.SubImage(part).(*image.NRGBA), png.Options{Thorough: thorough})
			}
		}
	}
}

// TestProfile checks that a profile can be read where decoders look for it, between the header and the palette.
func TestProfile(t *testing.T) {
	m := paint(20, 20, func(i int) color.NRGBA { return color.NRGBA{uint8(i % 5), 0, 9, 255} })
	body := encode(t, m, png.Options{ICC: []byte("a profile")})
	at, palette := bytes.Index(body, []byte("iCCPICC profile\x00\x00")), bytes.Index(body, []byte("PLTE"))
	if at != 8+25+4 || palette < at {
		t.Errorf("got the profile at %d, the palette at %d", at, palette)
	}
}

func TestSameBytes(t *testing.T) {
	m := resizetest.Photo(200, 100)
	if !bytes.Equal(encode(t, m, png.Options{}), encode(t, m, png.Options{})) {
		t.Error("got different bytes of the same image")
	}
	if fast, thorough := encode(t, m, png.Options{}), encode(t, m, png.Options{Thorough: true}); len(thorough) >= len(fast) {
		t.Errorf("thorough: got %d bytes, fast %d", len(thorough), len(fast))
	}
}

func FuzzEncode(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\xff"), uint8(3), uint8(3))
	f.Add([]byte("red green blue"), uint8(200), uint8(1))
	f.Add(resizetest.Photo(16, 16).Pix, uint8(16), uint8(255))
	f.Fuzz(func(t *testing.T, pix []byte, width, opaque uint8) {
		w := max(int(width), 1)
		h := min(len(pix)/4/w, 64)
		if h == 0 {
			return
		}
		m := &image.NRGBA{Pix: bytes.Clone(pix), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
		for i := 3; i < len(m.Pix); i += 4 {
			m.Pix[i] |= opaque
		}
		encode(t, m, png.Options{})
	})
}
