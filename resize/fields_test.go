package resize_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/resizetest"
	"github.com/imgorigin/imgorigin/resize/trim"
)

// pngOf returns the variant of an image by the fields of a URL, such as "sepia", "50".
func pngOf(t *testing.T, m image.Image, tr resize.Transform, fields ...string) image.Image {
	t.Helper()
	for i := 0; i < len(fields); i += 2 {
		found := false
		for _, field := range resize.SignedFields {
			if field.Name == fields[i] {
				found = field.Set(&tr, fields[i+1])
			}
		}
		if !found {
			t.Fatalf("%s=%s is not taken", fields[i], fields[i+1])
		}
	}
	tr.Format = resize.PNG
	variants, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), resizetest.PNG(m), tr)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(variants[0]))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// checkPixels compares pixels within 2 levels.
func checkPixels(t *testing.T, name string, m image.Image, want map[image.Point]color.NRGBA) {
	t.Helper()
	for at, w := range want {
		got := color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA)
		near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
		isSame := w.A == 0 && got.A == 0 || near(got.R, w.R) && near(got.G, w.G) && near(got.B, w.B) && near(got.A, w.A)
		if !isSame {
			t.Errorf("%s at %v of %v: got %v, want %v", name, at, m.Bounds().Size(), got, w)
		}
	}
}

// Values of hue-rotate, sepia and the blend mode color are those of the specifications.
func TestTones(t *testing.T) {
	brown, green, blue, glass := image.Pt(5, 5), image.Pt(35, 5), image.Pt(5, 35), image.Pt(35, 35)
	tests := []struct {
		name   string
		fields []string
		want   map[image.Point]color.NRGBA
	}{
		{"exp=50", []string{"exp", "50"}, map[image.Point]color.NRGBA{brown: {203, 138, 71, 255}, green: {0, 255, 0, 255}}},
		{"exp=-50", []string{"exp", "-50"}, map[image.Point]color.NRGBA{brown: {109, 71, 34, 255}}},
		{"high=-100", []string{"high", "-100"}, map[image.Point]color.NRGBA{brown: {95, 65, 38, 255}, glass: {255, 255, 255, 128}}},
		{"shad=100", []string{"shad", "100"}, map[image.Point]color.NRGBA{brown: {188, 155, 99, 255}, blue: {0, 0, 250, 255}}},
		{"vib=100", []string{"vib", "100"}, map[image.Point]color.NRGBA{brown: {176, 95, 14, 255}, green: {0, 218, 0, 255}}},
		{"vib=-100", []string{"vib", "-100"}, map[image.Point]color.NRGBA{brown: {126, 106, 86, 255}}},
		{"hue=90", []string{"hue", "90"}, map[image.Point]color.NRGBA{brown: {50, 128, 64, 255}}},
		{"hue=-90", []string{"hue", "-90"}, map[image.Point]color.NRGBA{brown: {164, 86, 150, 255}}},
		{"sepia=100", []string{"sepia", "100"}, map[image.Point]color.NRGBA{brown: {145, 129, 101, 255}}},
		{"greyscale", []string{"greyscale", "true"}, map[image.Point]color.NRGBA{brown: {109, 109, 109, 255}, green: {117, 117, 117, 255}}},
		{"monochrome", []string{"monochrome", "ff0000"}, map[image.Point]color.NRGBA{brown: {255, 47, 47, 255}}},
		{"monochrome, half", []string{"monochrome", "80808080"}, map[image.Point]color.NRGBA{brown: {129, 105, 80, 255}}},
		{"duotone", []string{"duotone", "000000,00ff00"}, map[image.Point]color.NRGBA{brown: {0, 109, 0, 255}, glass: {0, 255, 0, 128}}},
		{"duotone-alpha", []string{"duotone", "ff0000,ff0000", "duotone-alpha", "50"}, map[image.Point]color.NRGBA{brown: {203, 50, 25, 255}}},
		{"px", []string{"px", "40"}, map[image.Point]color.NRGBA{brown: {79, 122, 122, 223}, glass: {79, 122, 122, 223}}},
		{"usm of flat parts", []string{"usm", "100", "usmrad", "1"}, map[image.Point]color.NRGBA{brown: {150, 100, 50, 255}}},
	}
	for _, test := range tests {
		checkPixels(t, test.name, pngOf(t, resizetest.Quarters(), resize.Transform{}, test.fields...), test.want)
	}
}

// What changes the shape comes last, and its lengths are those of the variant.
func TestMounts(t *testing.T) {
	red, brown, green := color.NRGBA{255, 0, 0, 255}, color.NRGBA{150, 100, 50, 255}, color.NRGBA{0, 200, 0, 255}
	blue, none := color.NRGBA{0, 0, 250, 255}, color.NRGBA{}
	tests := []struct {
		name   string
		t      resize.Transform
		fields []string
		size   image.Point
		want   map[image.Point]color.NRGBA
	}{
		{"rot=90", resize.Transform{}, []string{"rot", "90"}, image.Pt(40, 40), map[image.Point]color.NRGBA{image.Pt(5, 5): blue, image.Pt(35, 5): brown}},
		{"rot=270", resize.Transform{}, []string{"rot", "270"}, image.Pt(40, 40), map[image.Point]color.NRGBA{image.Pt(5, 5): green, image.Pt(5, 35): brown}},
		{"rot=45", resize.Transform{Background: "ff0000"}, []string{"rot", "45"}, image.Pt(57, 57),
			map[image.Point]color.NRGBA{image.Pt(1, 1): red, image.Pt(28, 8): brown, image.Pt(48, 28): green, image.Pt(8, 28): blue}},
		{"rot=45 on nothing", resize.Transform{Background: "ffffff00"}, []string{"rot", "45"}, image.Pt(57, 57),
			map[image.Point]color.NRGBA{image.Pt(1, 1): none, image.Pt(28, 8): brown}},
		{"pad", resize.Transform{Background: "ff0000", Width: 40}, []string{"pad", "10", "pad-top", "0"}, image.Pt(40, 30),
			map[image.Point]color.NRGBA{image.Pt(5, 5): red, image.Pt(12, 2): brown, image.Pt(12, 28): red}},
		{"border", resize.Transform{}, []string{"border", "4,ff0000", "border-left", "0"}, image.Pt(40, 40),
			map[image.Point]color.NRGBA{image.Pt(1, 10): brown, image.Pt(10, 1): red, image.Pt(38, 10): red, image.Pt(10, 38): red}},
		{"ellipse", resize.Transform{}, []string{"mask", "ellipse"}, image.Pt(40, 40),
			map[image.Point]color.NRGBA{image.Pt(1, 1): none, image.Pt(5, 5): none, image.Pt(7, 7): brown, image.Pt(0, 19): brown}},
		{"corners", resize.Transform{}, []string{"mask", "corners", "corner-radius", "10"}, image.Pt(40, 40),
			map[image.Point]color.NRGBA{image.Pt(1, 1): none, image.Pt(4, 4): brown, image.Pt(11, 0): brown}},
		{"mask-bg", resize.Transform{}, []string{"mask", "ellipse", "mask-bg", "ff0000"}, image.Pt(40, 40),
			map[image.Point]color.NRGBA{image.Pt(1, 1): red, image.Pt(7, 7): brown}},
		{"enlarge", resize.Transform{Width: 80}, []string{"enlarge", "true"}, image.Pt(80, 80),
			map[image.Point]color.NRGBA{image.Pt(10, 10): brown, image.Pt(70, 10): green}},
		{"zoom", resize.Transform{Width: 10, Height: 10, Fit: resize.Cover, Crop: resize.Focal, Focus: resize.Point{X: 1, Y: 0}},
			[]string{"fp-z", "4"}, image.Pt(10, 10), map[image.Point]color.NRGBA{image.Pt(1, 8): green}},
		{"contain on nothing", resize.Transform{Width: 20, Height: 10, Fit: resize.Contain, Background: "ffffff00"}, nil, image.Pt(20, 10),
			map[image.Point]color.NRGBA{image.Pt(1, 1): none, image.Pt(7, 2): brown}},
	}
	for _, test := range tests {
		m := pngOf(t, resizetest.Quarters(), test.t, test.fields...)
		if m.Bounds().Size() != test.size {
			t.Errorf("%s: got %v, want %v", test.name, m.Bounds().Size(), test.size)
			continue
		}
		checkPixels(t, test.name, m, test.want)
	}
}

// A variant that is transparent in places becomes a format that has alpha, or is put on its background.
func TestMaskedFormats(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	tr := resize.Transform{Background: "0000ff"}
	tr.Mount.Mask = mount.Ellipse
	jpeg := tr
	jpeg.Format = resize.JPEG
	variants, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), resizetest.JPEG(m, 90), tr, jpeg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(variants[0])); err != nil {
		t.Errorf("auto: %v", err)
	}
	decoded, _, err := image.Decode(bytes.NewReader(variants[1]))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, b, _ := decoded.At(1, 1).RGBA(); r>>8 > 40 || b>>8 < 200 {
		t.Errorf("got %v in the corner of a JPEG, want blue", decoded.At(1, 1))
	}
}

// framed returns a coloured rectangle on a canvas of another colour.
func framed(canvas, inner color.NRGBA, at image.Rectangle) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 120, 90))
	for y := range 90 {
		for x := range 120 {
			c := canvas
			if image.Pt(x, y).In(at) {
				c = inner
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func TestTrim(t *testing.T) {
	white, cream, red, none := color.NRGBA{255, 255, 255, 255}, color.NRGBA{250, 250, 245, 255}, color.NRGBA{200, 0, 0, 255}, color.NRGBA{}
	at := image.Rect(30, 21, 91, 70)
	tests := []struct {
		name   string
		m      image.Image
		t      resize.Transform
		fields []string
		want   image.Point
	}{
		{"color", framed(white, red, at), resize.Transform{}, []string{"trim", "color"}, at.Size()},
		{"auto of colour", framed(white, red, at), resize.Transform{}, []string{"trim", "auto"}, at.Size()},
		{"auto of alpha", framed(none, red, at), resize.Transform{}, []string{"trim", "auto"}, at.Size()},
		{"alpha of an opaque image", framed(white, red, at), resize.Transform{}, []string{"trim", "alpha"}, image.Pt(120, 90)},
		{"within the tolerance", framed(white, cream, at), resize.Transform{}, []string{"trim", "color"}, image.Pt(120, 90)},
		{"beyond it", framed(white, cream, at), resize.Transform{}, []string{"trim", "color", "trim-tol", "4"}, at.Size()},
		{"of a named colour", framed(white, red, at), resize.Transform{}, []string{"trim", "color", "trim-color", "c80000"}, image.Pt(120, 90)},
		{"with a margin", framed(white, red, at), resize.Transform{}, []string{"trim", "color", "trim-pad", "3"}, at.Size().Add(image.Pt(6, 6))},
		{"in a rectangle", framed(white, red, at), resize.Transform{Rect: resize.Rect{X: 0, Y: 0, W: 50, H: 90}}, []string{"trim", "color"}, image.Pt(20, 49)},
		{"to a width", framed(white, red, at), resize.Transform{Width: 30}, []string{"trim", "color"}, image.Pt(30, 24)},
		{"of one colour", framed(white, white, at), resize.Transform{}, []string{"trim", "color"}, image.Pt(120, 90)},
	}
	for _, test := range tests {
		if got := pngOf(t, test.m, test.t, test.fields...).Bounds().Size(); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

// A JPEG is trimmed by its own planes, turned as it is, to within the two pixels of a sample of chroma.
func TestTrimTurnedJPEG(t *testing.T) {
	src := resizetest.WithEXIF(resizetest.JPEG(framed(color.NRGBA{255, 255, 255, 255}, color.NRGBA{20, 20, 20, 255}, image.Rect(32, 16, 80, 64)), 95), 6, "")
	tr := resize.Transform{Format: resize.PNG}
	tr.Trim = trim.Trim{By: trim.Color, Tolerance: 60}
	variants, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), src, tr)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(variants[0]))
	if err != nil {
		t.Fatal(err)
	}
	size := m.Bounds().Size()
	if size.X < 48 || size.X > 52 || size.Y < 48 || size.Y > 52 {
		t.Errorf("got %v, want about 48 × 48", size)
	}
	if r, _, _, _ := m.At(size.X/2, size.Y/2).RGBA(); r>>8 > 40 {
		t.Errorf("got level %d in the middle, want that of the square", r>>8)
	}
}

// Crops that look for something find it, each in its way.
func TestCropsThatLook(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 300, 100))
	for y := range 100 {
		for x := range 300 {
			c := color.NRGBA{200, 200, 200, 255}
			if x >= 220 && (x/4+y/4)%2 == 0 {
				c = color.NRGBA{40, 40, 40, 255} // edges, without colour
			}
			m.SetNRGBA(x, y, c)
		}
	}
	for _, crop := range []resize.Crop{resize.Smart, resize.Entropy, resize.Edges} {
		got := pngOf(t, m, resize.Transform{Width: 50, Height: 50, Fit: resize.Cover, Crop: crop})
		dark := 0
		for x := range 50 {
			if r, _, _, _ := got.At(x, 25).RGBA(); r>>8 < 180 {
				dark++
			}
		}
		if dark < 18 {
			t.Errorf("%s: got %d dark columns of 50, want half of those of the pattern, 20", crop, dark)
		}
	}
}
