package resize

import (
	"bytes"
	"image"
	"testing"
)

// TestRenderingIsShared renders a plan twice, as for two formats of a size: the pixels are made once.
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
	before := bytes.Clone(first.planes[0].Pix)
	if p.render(half, 2) != first {
		t.Error("the same plan is rendered twice")
	}
	if p.render(half, 1) == first || p.render(other, 2) == first {
		t.Error("another plan gets the same raster")
	}
	if second := p.render(half, 2); !bytes.Equal(second.planes[0].Pix, before) || !bytes.Equal(first.planes[0].Pix, before) {
		t.Error("the raster has changed")
	}
}
