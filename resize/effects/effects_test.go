package effects_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/imgorigin/imgorigin/resize/effects"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Each effect changes the colours as the definitions of Set say.
func TestEffects(t *testing.T) {
	var topLeft, topRight, bottomLeft, bottomRight = image.Pt(5, 5), image.Pt(35, 5), image.Pt(5, 35), image.Pt(35, 35)
	brown, green := color.NRGBA{150, 100, 50, 255}, color.NRGBA{0, 200, 0, 255}
	blue, glass := color.NRGBA{0, 0, 250, 255}, color.NRGBA{255, 255, 255, 128}
	tests := []struct {
		name    string
		effects effects.Set
		want    map[image.Point]color.NRGBA
	}{
		{"none", effects.Set{}, map[image.Point]color.NRGBA{topLeft: brown, topRight: green, bottomLeft: blue, bottomRight: glass}},
		{"bri=20", effects.Set{Brightness: 20}, map[image.Point]color.NRGBA{topLeft: {201, 151, 101, 255}}},
		{"bri=-100", effects.Set{Brightness: -100}, map[image.Point]color.NRGBA{topLeft: {0, 0, 0, 255}, bottomRight: {0, 0, 0, 128}}},
		{"bri=100", effects.Set{Brightness: 100}, map[image.Point]color.NRGBA{topRight: {255, 255, 255, 255}}},
		{"con=-100", effects.Set{Contrast: -100}, map[image.Point]color.NRGBA{topLeft: {128, 128, 128, 255}}},
		{"con=100", effects.Set{Contrast: 100}, map[image.Point]color.NRGBA{topLeft: {255, 0, 0, 255}, bottomLeft: {0, 0, 255, 255}}},
		{"sat=-100", effects.Set{Saturation: -100}, map[image.Point]color.NRGBA{topLeft: {100, 100, 100, 255}, bottomRight: glass}},
		{"sat=100", effects.Set{Saturation: 100}, map[image.Point]color.NRGBA{topLeft: {200, 100, 0, 255}, topRight: green}},
		{"gam=100", effects.Set{Gamma: 100}, map[image.Point]color.NRGBA{topLeft: {196, 160, 113, 255}}},
		{"gam=-100", effects.Set{Gamma: -100}, map[image.Point]color.NRGBA{topLeft: {88, 39, 10, 255}}},
		{"sharp=100", effects.Set{Sharpen: 100}, map[image.Point]color.NRGBA{topLeft: brown, bottomRight: glass}},
		{"invert", effects.Set{Invert: true}, map[image.Point]color.NRGBA{topLeft: {105, 155, 205, 255}, bottomRight: {0, 0, 0, 128}}},
		{"flip=h", effects.Set{Flip: effects.Horizontal}, map[image.Point]color.NRGBA{topLeft: green, bottomRight: blue}},
		{"flip=v", effects.Set{Flip: effects.Vertical}, map[image.Point]color.NRGBA{topLeft: blue, bottomRight: green}},
		{"flip=hv", effects.Set{Flip: effects.HalfTurn}, map[image.Point]color.NRGBA{topLeft: glass, bottomRight: brown}},
		{"in order", effects.Set{Brightness: -100, Invert: true}, map[image.Point]color.NRGBA{topLeft: {255, 255, 255, 255}}},
	}
	for _, test := range tests {
		m := test.effects.Apply(resizetest.Quarters())
		for at, want := range test.want {
			got := m.NRGBAAt(at.X, at.Y)
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
	got := effects.Set{Sharpen: 50}.Apply(m)
	for x, want := range map[int]uint32{5: 100, 19: 70, 20: 230, 35: 200} {
		if r, _, _, _ := got.At(x, 20).RGBA(); max(r>>8, want)-min(r>>8, want) > 3 {
			t.Errorf("column %d: got %d, want %d", x, r>>8, want)
		}
	}
}
