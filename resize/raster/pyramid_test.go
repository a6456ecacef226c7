package raster_test

import (
	"bytes"
	"image"
	"testing"

	"github.com/imgorigin/imgorigin/resize/raster"
)

// TestRenderingIsShared renders a part twice, as for two formats of a size: the pixels are made once.
func TestRenderingIsShared(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	p := raster.NewPyramid(raster.From(m), 1)
	size, other := image.Pt(32, 32), image.Rect(0, 0, 63, 64)
	first := p.Render(m.Rect, size, 2)
	before := bytes.Clone(first.Planes[0].Pix)
	if p.Render(m.Rect, size, 2) != first {
		t.Error("the same part is rendered twice")
	}
	if p.Render(m.Rect, size, 1) == first || p.Render(other, size, 2) == first {
		t.Error("another part gets the same image")
	}
	if second := p.Render(m.Rect, size, 2); !bytes.Equal(second.Planes[0].Pix, before) || !bytes.Equal(first.Planes[0].Pix, before) {
		t.Error("the image has changed")
	}
}
