package png

import (
	"encoding/binary"
	"image"
	"io"
)

// writeRows writes the rows of m, filtered. Rows of a palette, and of fewer than 8 bits, are left as they are, because
// differences of numbers of colours mean nothing.
func (l layout) writeRows(m *image.NRGBA, to io.Writer) error {
	width := m.Rect.Dx()
	f := newFilter(l.rowBytes(width), max(l.channels*l.depth/8, 1))
	filtered := l.color != paletted && l.depth == 8
	for y := range m.Rect.Dy() {
		l.pack(f.next(), m.Pix[y*m.Stride:][:4*width])
		if filtered {
			f.choose()
		} else {
			f.apply(none)
		}
		if _, err := to.Write(f.out); err != nil {
			return err
		}
	}
	return nil
}

// pack lays out a row of RGBA.
func (l layout) pack(row, pix []byte) {
	switch l.color {
	case rgba:
		copy(row, pix)
	case rgb:
		for ; len(pix) >= 4 && len(row) >= 3; row, pix = row[3:], pix[4:] {
			row[0], row[1], row[2] = pix[0], pix[1], pix[2]
		}
	case greyAlpha:
		for ; len(pix) >= 4 && len(row) >= 2; row, pix = row[2:], pix[4:] {
			row[0], row[1] = pix[0], pix[3]
		}
	case grey:
		l.packBits(row, pix, func(c uint32) byte { return byte(c) >> (8 - l.depth) })
	case paletted:
		left := binary.LittleEndian.Uint32(pix)
		number := l.numbers.number(left)
		l.packBits(row, pix, func(c uint32) byte {
			if c != left {
				left, number = c, l.numbers.number(c)
			}
			return number
		})
	}
}

// packBits lays out a row with a sample of l.depth bits for each pixel, the first in the highest bits of a byte.
func (l layout) packBits(row, pix []byte, sample func(c uint32) byte) {
	for i := range row {
		var b byte
		for shift := 8 - l.depth; shift >= 0 && len(pix) >= 4; shift, pix = shift-l.depth, pix[4:] {
			b |= sample(binary.LittleEndian.Uint32(pix)) << shift
		}
		row[i] = b
	}
}
