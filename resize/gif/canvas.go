package gif

import (
	"image"
	"image/color"
)

// A canvas is what is displayed while an animation is written. It decides which pixels of a frame are painted on it,
// and in which colours.
type canvas struct {
	most    int           // colours of a palette
	palette *palette      // of the last frame
	table   color.Palette // of the palette
	source  *image.NRGBA  // each pixel as it was in the frame from which it was painted; nil before the first frame
	shown   *image.NRGBA  // each pixel as it was painted
}

// isKept reports whether a pixel that is displayed was painted from a colour within a distance of that in m.
func (c *canvas) isKept(m *image.NRGBA, x, y, within int) bool {
	return c.isShown(x, y) &&
		distance(at(m, x, y), at(c.source, x, y)) <= within
}

// vanished returns the smallest rectangle that holds all pixels that are displayed and are transparent in an image.
func (c *canvas) vanished(m *image.NRGBA) (all image.Rectangle) {
	if m.Opaque() {
		return all
	}
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			if !isOpaque(m, x, y) && c.isShown(x, y) {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return all
}

// isShown reports whether something is displayed in a pixel, unless that was cleared since.
func (c *canvas) isShown(x, y int) bool {
	return c.shown != nil && c.shown.Pix[c.shown.PixOffset(x, y)+3] != 0
}

// choosePalette sets the palette for a part of an image: that of the last frame, if it suits. Pixels that are kept, and were not
// cleared, need no colour.
func (c *canvas) choosePalette(m *image.NRGBA, part, cleared image.Rectangle) (exact bool) {
	census := takeCensus(m, part, c.most, func(x, y int) bool {
		return isOpaque(m, x, y) && (!c.isKept(m, x, y, 0) || image.Pt(x, y).In(cleared))
	})
	own := census.palette()
	tolerance := 8 // percent
	if !cleared.Empty() {
		tolerance = 50 // another palette would change the colours of the whole frame
	}
	if c.palette == nil || !census.suits(c.palette, own, tolerance) {
		c.palette, c.table = own, own.table()
	}
	return census.isExact()
}

// paint returns a part of an image as a frame, which is transparent where nothing is painted: where the image is at least half
// transparent, and where the canvas stays as it is. It does not stay where it is cleared before. If that is everywhere, the frame
// is as large as the part, otherwise it covers no more than what is painted.
func (c *canvas) paint(m *image.NRGBA, part, cleared image.Rectangle) *image.Paletted {
	exact := c.choosePalette(m, part, cleared)
	out, transparent := image.NewPaletted(part, c.table), c.palette.transparent()
	p := painting{canvas: c, image: m, out: out, cleared: cleared, diffusion: newDiffusion(part)}
	if !exact {
		p.noise, p.thrift = noise, thrift
	}
	isFull := true
	var painted image.Rectangle
	for y := part.Min.Y; y < part.Max.Y; y++ {
		p.diffusion.nextRow()
		first, last := -1, -1
		for x := part.Min.X; x < part.Max.X; x++ {
			number := p.pixel(x, y)
			out.Pix[out.PixOffset(x, y)] = number
			if number == transparent {
				isFull = false
				continue
			}
			if last = x; first < 0 {
				first = x
			}
		}
		if first >= 0 {
			painted = painted.Union(image.Rect(first, y, last+1, y+1))
		}
	}
	if isFull {
		out.Palette = out.Palette[:transparent]
	}
	if part.In(cleared) {
		return out
	}
	if painted.Empty() {
		painted = image.Rectangle{part.Min, part.Min.Add(image.Pt(1, 1))} // a frame has at least one pixel
	}
	return out.SubImage(painted).(*image.Paletted)
}

// remember keeps how a pixel was painted; painted is nil if it is transparent.
func (c *canvas) remember(m *image.NRGBA, x, y int, painted *rgb) {
	if c.shown == nil {
		return
	}
	at := m.PixOffset(x, y)
	copy(c.source.Pix[at:at+4], m.Pix[at:at+4])
	if painted == nil {
		c.shown.Pix[at+3] = 0
		return
	}
	c.shown.Pix[at], c.shown.Pix[at+1], c.shown.Pix[at+2], c.shown.Pix[at+3] = painted[0], painted[1], painted[2], 255
}
