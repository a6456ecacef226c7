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
	return c.shown != nil && c.shown.Pix[c.shown.PixOffset(x, y)+3] != 0 &&
		distance(at(m, x, y), at(c.source, x, y)) <= within
}

// choosePalette sets the palette for a part of an image: that of the last frame, if it suits. If stays is set, pixels
// that are kept need no colour.
func (c *canvas) choosePalette(m *image.NRGBA, part image.Rectangle, stays bool) (exact bool) {
	census := takeCensus(m, part, c.most, func(x, y int) bool {
		return isOpaque(m, x, y) && !(stays && c.isKept(m, x, y, 0))
	})
	own := census.palette()
	tolerance := 8 // percent
	if !stays {
		tolerance = 50 // another palette would change the colours of the whole frame
	}
	if c.palette == nil || !census.suits(c.palette, own, tolerance) {
		c.palette, c.table = own, own.table()
	}
	return census.isExact()
}

// paint returns a part of an image as a frame. If stays is set, the canvas stays as the last frame has left it, and the
// frame is transparent where nothing is painted; it covers no more than what is painted. Otherwise it replaces the last
// frame, and is transparent where the image is at least half transparent.
func (c *canvas) paint(m *image.NRGBA, part image.Rectangle, stays bool) *image.Paletted {
	stays = stays && c.shown != nil
	exact := c.choosePalette(m, part, stays)
	out, transparent := image.NewPaletted(part, c.table), c.palette.transparent()
	p := painting{canvas: c, image: m, out: out, stays: stays, diffusion: newDiffusion(part)}
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
	if !stays {
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
