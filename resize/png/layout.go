package png

import (
	"encoding/binary"
	"image"
	"slices"
)

// The colour types of a PNG.
const (
	grey      = 0
	rgb       = 2
	paletted  = 3
	greyAlpha = 4
	rgba      = 6
)

// A layout is how the pixels of an image are stored.
type layout struct {
	color    int      // type
	channels int      // samples of a pixel
	depth    int      // bits of a sample
	palette  []uint32 // the colours, as in a colorTable; those that are not opaque come first
	numbers  *colorTable
}

// layoutOf returns the layout in which the rows of m take the fewest bytes before they are compressed.
func layoutOf(m *image.NRGBA) layout {
	colors := newColorTable(m)
	direct := layout{color: rgba, channels: 4, depth: 8}
	switch opaque, colorless := m.Opaque(), isGrey(m); {
	case colorless && opaque:
		direct = layout{color: grey, channels: 1, depth: colors.greyDepth()}
	case colorless:
		direct = layout{color: greyAlpha, channels: 2, depth: 8}
	case opaque:
		direct = layout{color: rgb, channels: 3, depth: 8}
	}
	if colors == nil {
		return direct
	}
	p := layout{color: paletted, channels: 1, depth: colors.indexDepth()}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if h*p.rowBytes(w)+4*len(colors.colors) >= h*direct.rowBytes(w) {
		return direct
	}
	colors.sort()
	p.palette, p.numbers = colors.colors, colors
	return p
}

// rowBytes returns the length of a row of w pixels.
func (l layout) rowBytes(w int) int { return (w*l.channels*l.depth + 7) / 8 }

// isGrey reports whether red, green and blue are equal in all pixels.
func isGrey(m *image.NRGBA) bool {
	for y := range m.Rect.Dy() {
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) >= 4; row = row[4:] {
			if row[0] != row[1] || row[1] != row[2] {
				return false
			}
		}
	}
	return true
}

// isFlat reports whether at least three of five pixels are equal to their left neighbour. They are in drawings and
// screenshots, and in hardly any photograph.
func isFlat(m *image.NRGBA) bool {
	same := 0
	for y := range m.Rect.Dy() {
		var left uint32
		for row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]; len(row) >= 4; row = row[4:] {
			c := binary.LittleEndian.Uint32(row)
			if c == left {
				same++
			}
			left = c
		}
	}
	return 5*same >= 3*m.Rect.Dx()*m.Rect.Dy()
}

// maxColors is the largest number of colours of a palette.
const maxColors = 256

// A colorTable numbers the colours of an image, which are R, G, B and A from the lowest byte to the highest. It is a hash
// table with open addressing, of which at least three quarters are empty.
type colorTable struct {
	colors []uint32
	slots  [4 * maxColors]int16 // number + 1; 0 is empty
}

// newColorTable returns the colours of m in the order in which they appear, or nil if there are more than maxColors.
func newColorTable(m *image.NRGBA) *colorTable {
	t := new(colorTable)
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride:][:4*m.Rect.Dx()]
		left := ^binary.LittleEndian.Uint32(row)
		for ; len(row) >= 4; row = row[4:] {
			c := binary.LittleEndian.Uint32(row)
			if c == left {
				continue
			}
			left = c
			slot := t.slot(c)
			if *slot != 0 {
				continue
			}
			if len(t.colors) == maxColors {
				return nil
			}
			t.colors = append(t.colors, c)
			*slot = int16(len(t.colors))
		}
	}
	return t
}

// slot returns the slot of a colour, or the empty one where it belongs.
func (t *colorTable) slot(c uint32) *int16 {
	for at := c * 0x9e3779b1 >> 22; ; at++ { // the upper 10 bits of a product with 2³² / golden ratio
		slot := &t.slots[at%uint32(len(t.slots))]
		if *slot == 0 || t.colors[*slot-1] == c {
			return slot
		}
	}
}

// number returns the number of a colour that the table has.
func (t *colorTable) number(c uint32) byte { return byte(*t.slot(c) - 1) }

// sort numbers the colours anew, those first that are not opaque: the alpha of a palette ends with the last of them.
func (t *colorTable) sort() {
	slices.SortStableFunc(t.colors, func(a, b uint32) int { return int(a>>24/255) - int(b>>24/255) })
	all := t.colors
	t.slots, t.colors = [len(t.slots)]int16{}, nil
	for i, c := range all {
		*t.slot(c) = int16(i + 1)
		t.colors = all[:i+1]
	}
}

// indexDepth returns the bits of a number.
func (t *colorTable) indexDepth() int {
	for _, depth := range []int{1, 2, 4} {
		if len(t.colors) <= 1<<depth {
			return depth
		}
	}
	return 8
}

// greyDepth returns the bits that hold all of an image's levels of grey, of which the highest is white. A table that is
// nil stands for many levels.
func (t *colorTable) greyDepth() int {
	if t == nil {
		return 8
	}
	for _, depth := range []int{1, 2, 4} {
		step := uint32(255 / (1<<depth - 1))
		if !slices.ContainsFunc(t.colors, func(c uint32) bool { return c&255%step != 0 }) {
			return depth
		}
	}
	return 8
}
