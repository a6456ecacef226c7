package mount_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize/mount"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// The size is known before there are pixels, and no side is longer than Room was asked for.
func TestSize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		m := mount.Mount{Angle: []int{0, 9000, 18000, 27000, r.IntN(36000)}[r.IntN(5)]}
		for i := range m.Pad {
			m.Pad[i] = r.IntN(2) * r.IntN(20)
		}
		const most = 150
		room := m.Room(most)
		size := image.Pt(1+r.IntN(room), 1+r.IntN(room))
		want := m.Size(size)
		if got := m.Apply(image.NewNRGBA(image.Rectangle{Max: size}), "ff0000").Rect.Size(); got != want {
			t.Errorf("%+v of %v: got %v, want %v", m, size, got, want)
		}
		if largest := m.Size(image.Pt(room, room)); largest.X > most || largest.Y > most {
			t.Errorf("%+v of %d × %d: got %v, want at most %d", m, room, room, largest, most)
		}
	}
}

// The steps are done in order: the margin is not turned, the border is drawn over it, and the mask cuts all of them.
func TestApply(t *testing.T) {
	m := mount.Mount{Angle: mount.QuarterTurn, Pad: [4]int{10, 0, 0, 0}, Border: [4]int{2, 2, 2, 2}, BorderColor: "ff0000", Mask: mount.Corners, CornerRadius: 8}
	got := m.Apply(resizetest.Quarters(), "00ff00")
	red, green, blue, brown := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 250, 255}, color.NRGBA{150, 100, 50, 255}
	for at, want := range map[image.Point]color.NRGBA{
		image.Pt(0, 0): {}, image.Pt(0, 20): red, image.Pt(5, 20): green, image.Pt(12, 10): blue, image.Pt(45, 10): brown, image.Pt(49, 20): red,
	} {
		if c := got.NRGBAAt(at.X, at.Y); c != want && !(want.A == 0 && c.A == 0) {
			t.Errorf("at %v of %v: got %v, want %v", at, got.Rect.Size(), c, want)
		}
	}
}

func TestFlatten(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	for _, test := range []struct{ pixel, background, want color.NRGBA }{
		{color.NRGBA{9, 8, 7, 255}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{9, 8, 7, 255}},
		{color.NRGBA{}, color.NRGBA{255, 0, 0, 255}, color.NRGBA{255, 0, 0, 255}},
		{color.NRGBA{}, color.NRGBA{255, 0, 0, 128}, color.NRGBA{255, 127, 127, 255}},
		{color.NRGBA{}, color.NRGBA{}, color.NRGBA{255, 255, 255, 255}},
	} {
		m.SetNRGBA(0, 0, test.pixel)
		if got := mount.Flatten(m, test.background).NRGBAAt(0, 0); got != test.want {
			t.Errorf("%v on %v: got %v, want %v", test.pixel, test.background, got, test.want)
		}
	}
}
