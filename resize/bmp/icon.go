package bmp

import (
	"image"
	"image/draw"
)

// IconConfig returns the size of the bitmap within an icon, by its beginning. Its header claims twice the height.
func IconConfig(dib []byte) (width, height int, err error) {
	h, err := readHeader(dib)
	return max(h.width, 0), max(h.height, 0) / 2, err
}

// DecodeIcon returns the image of a bitmap within an icon, which begins with its header. Pixels of 32 bits have alpha.
// If all of it is 0, or there is none, pixels are transparent where the mask behind the colours says so.
func DecodeIcon(dib []byte) (image.Image, error) {
	d := decoder{dib: dib, icon: true}
	if err := d.start(); err != nil {
		return nil, err
	}
	d.height /= 2
	if d.height < 1 {
		return nil, errHeader
	}
	if d.compression != rgb {
		return nil, unsupported("an icon that is compressed")
	}
	m, err := d.image()
	if err != nil {
		return nil, err
	}
	if n, ok := m.(*image.NRGBA); ok {
		return n, nil
	}
	return d.cutOut(m), nil
}

// cutOut applies the mask of transparent pixels. An icon without the whole mask is opaque.
func (d *decoder) cutOut(m image.Image) image.Image {
	colours, stride := d.rowBytes(d.bits)*int64(d.height), int(d.rowBytes(1))
	if colours+int64(stride)*int64(d.height) > int64(len(d.data)) {
		return m
	}
	holes := d.data[colours:]
	n := image.NewNRGBA(m.Bounds())
	draw.Draw(n, n.Rect, m, image.Point{}, draw.Src)
	for y := range d.height {
		row := holes[d.row(y)*stride:]
		for x := range d.width {
			if row[x/8]>>(7-x%8)&1 == 1 {
				clear(n.Pix[n.PixOffset(x, y):][:4])
			}
		}
	}
	return n
}
