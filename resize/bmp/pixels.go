package bmp

import (
	"image"
	"image/color"
)

// A palette has a colour for each number that the bits of a pixel can tell apart. Those that the file does not have are
// black, as in browsers.
type palette [256]color.RGBA

// readPalette reads the palette at a place, and returns where it ends. It is no longer than the file.
func (d *decoder) readPalette(at int) (end int) {
	size, n := 4, int64(1)<<d.bits
	if d.bytes == os21Bytes {
		size = 3
	}
	if d.colours > 0 && d.colours < n {
		n = d.colours
	}
	for i := range d.palette {
		d.palette[i].A = 255
	}
	for i := range min(int(n), (len(d.dib)-at)/size) {
		entry := d.dib[at+i*size:]
		d.palette[i] = color.RGBA{entry[2], entry[1], entry[0], 255}
	}
	return at + int(n)*size
}

// paletted decodes pixels of at most 8 bits.
func (d *decoder) paletted() *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, d.width, d.height), make(color.Palette, 1<<d.bits))
	for i := range m.Palette {
		m.Palette[i] = d.palette[i]
	}
	stride := int(d.rowBytes(d.bits))
	for y := range d.height {
		from, to := d.data[d.row(y)*stride:], m.Pix[y*m.Stride:][:d.width]
		if d.bits == 8 {
			copy(to, from)
			continue
		}
		perByte, last := 8/d.bits, byte(1)<<d.bits-1
		for x := range to {
			to[x] = from[x/perByte] >> (8 - d.bits*(x%perByte+1)) & last
		}
	}
	return m
}

// masked decodes pixels of 16, 24 or 32 bits.
func (d *decoder) masked() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, d.width, d.height))
	stride, size := int(d.rowBytes(d.bits)), d.bits/8
	usual := d.masks[0].bits == 0xff0000 && d.masks[1].bits == 0xff00 && d.masks[2].bits == 0xff
	var alpha uint8 // of any pixel
	for y := range d.height {
		from, to := d.data[d.row(y)*stride:], m.Pix[y*m.Stride:][:4*d.width]
		for x := range d.width {
			q := to[4*x : 4*x+4 : 4*x+4]
			pixel := uint32(from[x*size]) | uint32(from[x*size+1])<<8
			if size > 2 {
				pixel |= uint32(from[x*size+2]) << 16
			}
			if size > 3 {
				pixel |= uint32(from[x*size+3]) << 24
			}
			if usual {
				q[0], q[1], q[2] = uint8(pixel>>16), uint8(pixel>>8), uint8(pixel)
			} else {
				q[0], q[1], q[2] = d.masks[0].of(pixel), d.masks[1].of(pixel), d.masks[2].of(pixel)
			}
			q[3] = d.masks[3].of(pixel)
			alpha |= q[3]
		}
	}
	if alpha != 0 {
		return m
	}
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return &image.RGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}
