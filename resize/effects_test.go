package resize_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// quarters returns an image of four colours: brown and green above, blue and half-transparent white below.
func quarters() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for y := range 40 {
		for x := range 40 {
			c := [4]color.NRGBA{{150, 100, 50, 255}, {0, 200, 0, 255}, {0, 0, 250, 255}, {255, 255, 255, 128}}[2*(y/20)+x/20]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// Each effect changes the colours as the definitions of Effects say.
func TestEffects(t *testing.T) {
	var topLeft, topRight, bottomLeft, bottomRight = image.Pt(5, 5), image.Pt(35, 5), image.Pt(5, 35), image.Pt(35, 35)
	brown, green := color.NRGBA{150, 100, 50, 255}, color.NRGBA{0, 200, 0, 255}
	blue, glass := color.NRGBA{0, 0, 250, 255}, color.NRGBA{255, 255, 255, 128}
	tests := []struct {
		name    string
		effects resize.Effects
		want    map[image.Point]color.NRGBA
	}{
		{"none", resize.Effects{}, map[image.Point]color.NRGBA{topLeft: brown, topRight: green, bottomLeft: blue, bottomRight: glass}},
		{"bri=20", resize.Effects{Brightness: 20}, map[image.Point]color.NRGBA{topLeft: {201, 151, 101, 255}}},
		{"bri=-100", resize.Effects{Brightness: -100}, map[image.Point]color.NRGBA{topLeft: {0, 0, 0, 255}, bottomRight: {0, 0, 0, 128}}},
		{"bri=100", resize.Effects{Brightness: 100}, map[image.Point]color.NRGBA{topRight: {255, 255, 255, 255}}},
		{"con=-100", resize.Effects{Contrast: -100}, map[image.Point]color.NRGBA{topLeft: {128, 128, 128, 255}}},
		{"con=100", resize.Effects{Contrast: 100}, map[image.Point]color.NRGBA{topLeft: {255, 0, 0, 255}, bottomLeft: {0, 0, 255, 255}}},
		{"sat=-100", resize.Effects{Saturation: -100}, map[image.Point]color.NRGBA{topLeft: {100, 100, 100, 255}, bottomRight: glass}},
		{"sat=100", resize.Effects{Saturation: 100}, map[image.Point]color.NRGBA{topLeft: {200, 100, 0, 255}, topRight: green}},
		{"gam=100", resize.Effects{Gamma: 100}, map[image.Point]color.NRGBA{topLeft: {196, 160, 113, 255}}},
		{"gam=-100", resize.Effects{Gamma: -100}, map[image.Point]color.NRGBA{topLeft: {88, 39, 10, 255}}},
		{"sharp=100", resize.Effects{Sharpen: 100}, map[image.Point]color.NRGBA{topLeft: brown, bottomRight: glass}},
		{"invert", resize.Effects{Invert: true}, map[image.Point]color.NRGBA{topLeft: {105, 155, 205, 255}, bottomRight: {0, 0, 0, 128}}},
		{"flip=h", resize.Effects{Flip: resize.Horizontal}, map[image.Point]color.NRGBA{topLeft: green, bottomRight: blue}},
		{"flip=v", resize.Effects{Flip: resize.Vertical}, map[image.Point]color.NRGBA{topLeft: blue, bottomRight: green}},
		{"flip=hv", resize.Effects{Flip: resize.HalfTurn}, map[image.Point]color.NRGBA{topLeft: glass, bottomRight: brown}},
		{"in order", resize.Effects{Brightness: -100, Invert: true}, map[image.Point]color.NRGBA{topLeft: {255, 255, 255, 255}}},
	}
	e, src := resize.NewEngine(resize.EngineConfig{}), resizetest.PNG(quarters())
	for _, test := range tests {
		variants, err := e.Resize(t.Context(), src, resize.Transform{Effects: test.effects, Format: resize.PNG})
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(variants[0]))
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range test.want {
			got := color.NRGBAModel.Convert(m.At(at.X, at.Y)).(color.NRGBA)
			near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
			if !near(got.R, want.R) || !near(got.G, want.G) || !near(got.B, want.B) || got.A != want.A {
				t.Errorf("%s at %v: got %v, want %v", test.name, at, got, want)
			}
		}
	}
}

// Sharpening adds to the difference at an edge, on both of its sides.
func TestSharpen(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range m.Pix {
		m.Pix[i] = 200
		if i%(4*40) < 4*20 {
			m.Pix[i] = 100
		}
		if i%4 == 3 {
			m.Pix[i] = 255
		}
	}
	variants, err := resize.NewEngine(resize.EngineConfig{}).Resize(t.Context(), resizetest.PNG(m), resize.Transform{
		Effects: resize.Effects{Sharpen: 50}, Format: resize.PNG,
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(variants[0]))
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[int]uint32{5: 100, 19: 70, 20: 230, 35: 200} {
		if r, _, _, _ := got.At(x, 20).RGBA(); max(r>>8, want)-min(r>>8, want) > 3 {
			t.Errorf("column %d: got %d, want %d", x, r>>8, want)
		}
	}
}
