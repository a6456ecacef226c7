package drawing

import (
	"encoding/binary"
	"image"
	"image/color"

	"github.com/imgorigin/imgorigin/resize/gif"
)

// Painted returns an image in some colours at most, with its alpha.
func Painted(m *image.NRGBA, colors int) *image.NRGBA {
	if m.Opaque() {
		return unpainted(gif.Paint(m, colors), m)
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	opaque := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		row := opaque.Pix[y*opaque.Stride:][:4*w]
		copy(row, m.Pix[y*m.Stride:])
		for x := range w {
			row[4*x+3] = 255
		}
	}
	painted := unpainted(gif.Paint(opaque, colors), opaque)
	for y := range h {
		row, from := painted.Pix[y*painted.Stride:], m.Pix[y*m.Stride:]
		for x := range w {
			row[4*x+3] = from[4*x+3]
		}
	}
	return painted
}

// unpainted returns the colours of an image that was painted in a palette. Where most pixels of an entry had one and the same
// colour, as those of an area have, all of them get it: a logo keeps its colour, and only the blends at its edges change.
func unpainted(p *image.Paletted, original *image.NRGBA) *image.NRGBA {
	table := majorities(p, original)
	m := image.NewNRGBA(p.Rect)
	for i, number := range p.Pix {
		binary.LittleEndian.PutUint32(m.Pix[4*i:], table[number])
	}
	return m
}

// majorities returns, for each entry of a palette, the colour that more than half of its pixels have in the original, else that
// of the palette.
func majorities(p *image.Paletted, original *image.NRGBA) (table [256]uint32) {
	colors := func(yield func(number uint8, color uint32) bool) {
		for i, number := range p.Pix {
			y, x := i/p.Stride, i%p.Stride
			if !yield(number, binary.LittleEndian.Uint32(original.Pix[y*original.Stride+4*x:])) {
				return
			}
		}
	}
	var lead, count, size [256]int
	for number, color := range colors { // a vote: a colour of the majority is what is left in the table
		switch {
		case lead[number] == 0:
			table[number], lead[number] = color, 1
		case table[number] == color:
			lead[number]++
		default:
			lead[number]--
		}
	}
	for number, color := range colors {
		size[number]++
		if table[number] == color {
			count[number]++
		}
	}
	for i, c := range p.Palette {
		if 2*count[i] <= size[i] {
			c := color.NRGBAModel.Convert(c).(color.NRGBA)
			table[i] = uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16 | uint32(c.A)<<24
		}
	}
	return table
}
