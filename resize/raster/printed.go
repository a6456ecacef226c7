package raster

import (
	"image"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// Printed is like NRGBA for an image of inks whose colours are known.
func (r *Image) Printed(inks *colour.Inks) *image.NRGBA {
	if r.Space == YCCK {
		return r.printedYCCK(inks)
	}
	flip := uint8(0)
	if r.Inverted {
		flip = 255
	}
	m := image.NewNRGBA(image.Rect(0, 0, r.W, r.H))
	for y := range r.H {
		c, mg, ye, k := r.Planes[0].Row(y), r.Planes[1].Row(y), r.Planes[2].Row(y), r.Planes[3].Row(y)
		row := m.Pix[y*m.Stride:][:4*r.W]
		for x := range c {
			q := row[4*x : 4*x+4 : 4*x+4]
			q[0], q[1], q[2] = inks.Convert([4]uint8{c[x] ^ flip, mg[x] ^ flip, ye[x] ^ flip, k[x] ^ flip})
			q[3] = 255
		}
	}
	return m
}

// printedYCCK converts the three inks from Y, Cb and Cr first, as if they were light.
func (r *Image) printedYCCK(inks *colour.Inks) *image.NRGBA {
	light := *r
	light.Space, light.Planes = YCC, r.Planes[:3]
	m := light.NRGBA()
	for y := range r.H {
		row := m.Pix[y*m.Stride:][:4*r.W]
		for x, k := range r.Planes[3].Row(y) {
			q := row[4*x : 4*x+4 : 4*x+4]
			q[0], q[1], q[2] = inks.Convert([4]uint8{q[0], q[1], q[2], ^k})
		}
	}
	return m
}
