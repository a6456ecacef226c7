package png

import "image"

// A canvas is what is displayed of an animation.
type canvas struct {
	image  *image.NRGBA
	before *image.NRGBA // what was displayed before the last frame that is followed by it; nil if there was none
}

func newCanvas(w, h int) canvas {
	return canvas{image: image.NewNRGBA(image.Rect(0, 0, w, h))}
}

// draw draws the pixels of a frame.
func (c *canvas) draw(m *Raster, frame control) {
	if frame.disposal == isRestored {
		if c.before == nil {
			c.before = image.NewNRGBA(c.image.Rect)
		}
		copy(c.before.Pix, c.image.Pix)
	}
	row := make([]uint8, 4*m.Width)
	for y := range m.Height {
		m.row(row, y)
		to := c.image.Pix[c.image.PixOffset(frame.place.Min.X, frame.place.Min.Y+y):][:len(row)]
		if !frame.isOver {
			copy(to, row)
			continue
		}
		for x := 0; x < len(row); x += 4 {
			drawOver(to[x:x+4:x+4], row[x:x+4:x+4])
		}
	}
}

// row puts the pixels of row y into RGBA.
func (r *Raster) row(to []uint8, y int) {
	planes := [4][]uint8{}
	for i := range planes[:3] {
		planes[i] = r.Planes[min(i, len(r.Planes)-1)][y*r.Width:]
	}
	for x := range r.Width {
		p := to[4*x : 4*x+4 : 4*x+4]
		p[0], p[1], p[2], p[3] = planes[0][x], planes[1][x], planes[2][x], 255
	}
	if len(r.Planes) == 4 {
		for x, a := range r.Planes[3][y*r.Width:][:r.Width] {
			to[4*x+3] = a
		}
	}
}

// drawOver draws a pixel over another. Neither is multiplied with its alpha.
func drawOver(below, above []uint8) {
	a, b := uint32(above[3]), uint32(below[3])
	switch {
	case a == 255 || b == 0:
		copy(below, above)
		return
	case a == 0:
		return
	}
	// How much each adds to the colour, and both to the alpha, in 255ths of 255ths.
	aboveShare, belowShare := a*255, b*(255-a)
	all := aboveShare + belowShare
	for i := range 3 {
		below[i] = uint8((uint32(above[i])*aboveShare + uint32(below[i])*belowShare + all/2) / all)
	}
	below[3] = uint8((all + 127) / 255)
}

// dispose does what is done after a frame. Where the first frame is to be restored, nothing was displayed before.
func (c *canvas) dispose(frame control) {
	switch frame.disposal {
	case isCleared:
		for y := frame.place.Min.Y; y < frame.place.Max.Y; y++ {
			clear(c.image.Pix[c.image.PixOffset(frame.place.Min.X, y):][:4*frame.place.Dx()])
		}
	case isRestored:
		copy(c.image.Pix, c.before.Pix)
	}
}
