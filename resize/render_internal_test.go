package resize

import (
	"bytes"
	"image"
	"testing"
)

// What two formats of one size have in common is made once.
func TestRenderingIsShared(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	p := &pyramid{levels: []*raster{fromImage(m)}, orientation: 1}
	half := Plan{Crop: m.Rect, Size: image.Pt(32, 32), Canvas: image.Pt(32, 32)}
	other := half
	other.Crop.Max.X = 63
	first := p.render(half, 2)
	before := bytes.Clone(first.planes[0].pix)
	if p.render(half, 2) != first {
		t.Error("the same is made again")
	}
	if p.render(half, 1) == first || p.render(other, 2) == first {
		t.Error("something else is taken for it")
	}
	if again := p.render(half, 2); !bytes.Equal(again.planes[0].pix, before) || !bytes.Equal(first.planes[0].pix, before) {
		t.Error("it has changed")
	}
}
