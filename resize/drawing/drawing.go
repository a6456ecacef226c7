// Package drawing tells drawings, charts and screenshots from photographs, and makes their files smaller.
//
// A file without loss keeps a drawing sharp in few bytes, as long as the drawing has areas of one colour. When it is reduced, its
// edges become blends that it did not have, which may take more bytes than the whole original. These functions give the blends fewer
// colours and leave areas and lines as they are:
//
//	Coarser    fewer levels: what is near to a colour of an area becomes that colour
//	Painted    fewer colours: a palette, in which areas keep theirs
//	Pair       two colours, as of a scan, and a few levels between them
//
// A [Tolerance] says whether the result still looks the same. None of it changes its argument.
package drawing

import (
	"encoding/binary"
	"image"
)

// Is reports whether an image is a drawing, a chart or a screenshot, which lossless compression makes smaller than
// lossy compression and keeps sharp. It is if at least half of its visible pixels are equal to their left neighbour,
// and if it has at most 256 colours, or one for 32 pixels. A photograph on a white background has more.
func Is(m *image.NRGBA) bool {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	limit := max(256, w*h/32)
	colors := make(map[uint32]struct{}, 256)
	same, seen := 0, 0
	for y := range h {
		var left uint32
		for row := m.Pix[y*m.Stride:][:4*w]; len(row) > 0; row = row[4:] {
			c := binary.LittleEndian.Uint32(row)
			if row[3] == 0 {
				left = 0
				continue
			}
			seen++
			if c == left {
				same++
				continue
			}
			left = c
			if colors[c] = struct{}{}; len(colors) > limit {
				return false
			}
		}
	}
	return 2*same >= seen
}

// Changes returns how many pixels differ from their left neighbour. A drawing without loss takes about as many bytes.
func Changes(m *image.NRGBA) int {
	n := 0
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		left := ^binary.LittleEndian.Uint32(row)
		for ; len(row) > 0; row = row[4:] {
			c := binary.LittleEndian.Uint32(row)
			if c != left {
				n++
			}
			left = c
		}
	}
	return n
}

// IsFlat reports whether at least half of the pixels are equal to their left neighbours.
func IsFlat(m *image.NRGBA) bool { return 2*Changes(m) <= m.Rect.Dx()*m.Rect.Dy() }
