package raster

import (
	"image"
	"image/color"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// FromOpaque returns the planes that a JPEG of an opaque image needs: luma alone if the image is grey, else chroma too,
// with a sample for each square of every × every pixels.
func FromOpaque(m *image.NRGBA, isGrey bool, every int) *Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	r := &Image{W: w, H: h, Space: Grey, Planes: []plane.Plane{plane.New(w, h)}}
	luma := r.Planes[0]
	for y := range h {
		row, pix := luma.Row(y), m.Pix[y*m.Stride:]
		for x := range row {
			row[x], _, _ = color.RGBToYCbCr(pix[4*x], pix[4*x+1], pix[4*x+2])
		}
	}
	if isGrey {
		return r
	}
	r.Space = YCC
	cb, cr := plane.New((w+every-1)/every, (h+every-1)/every), plane.New((w+every-1)/every, (h+every-1)/every)
	for y := range cb.H {
		for x := range cb.W {
			var sum [3]int
			for i := range every * every {
				p := m.Pix[min(every*y+i/every, h-1)*m.Stride+4*min(every*x+i%every, w-1):]
				for c := range 3 {
					sum[c] += int(p[c])
				}
			}
			mean := func(c int) uint8 { return uint8((sum[c] + every*every/2) / (every * every)) }
			_, cb.Row(y)[x], cr.Row(y)[x] = color.RGBToYCbCr(mean(0), mean(1), mean(2))
		}
	}
	r.Planes = append(r.Planes, cb, cr)
	return r
}
