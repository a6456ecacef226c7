package resize

import (
	"image"
	"image/draw"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// fromImage returns the planes of an image. It shares those of images of type YCbCr and Gray.
func fromImage(m image.Image) *raster {
	b := m.Bounds()
	r := &raster{w: b.Dx(), h: b.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		r.space, r.planes = ycc, yccPlanes(m)
	case *image.Gray:
		r.space = grey
		r.planes = []plane.Plane{{Pix: m.Pix, Stride: m.Stride, W: r.w, H: r.h, StepX: 1, StepY: 1}}
	case *image.Gray16:
		r.space, r.planes = grey, r.split(m.Pix, m.Stride, 2, 0)
	case *image.CMYK:
		r.space, r.planes = cmyk, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3)
	case *image.RGBA:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
	case *image.RGBA64:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
	case *image.NRGBA:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
		r.premultiply()
	case *image.NRGBA64:
		r.space, r.planes, r.alpha = rgb, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
		r.premultiply()
	case *image.Paletted:
		r.space, r.planes, r.alpha = rgb, r.expand(m), true
	default:
		n := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
		draw.Draw(n, n.Bounds(), m, b.Min, draw.Src)
		return fromImage(n)
	}
	r.dropOpaque()
	return r
}

func yccPlanes(m *image.YCbCr) []plane.Plane {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	var stepX, stepY = 1, 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		stepX = 2
	case image.YCbCrSubsampleRatio420:
		stepX, stepY = 2, 2
	case image.YCbCrSubsampleRatio440:
		stepY = 2
	case image.YCbCrSubsampleRatio411:
		stepX = 4
	case image.YCbCrSubsampleRatio410:
		stepX, stepY = 4, 2
	}
	cw, ch := (w+stepX-1)/stepX, (h+stepY-1)/stepY
	chroma := func(pix []uint8) plane.Plane {
		return plane.Plane{Pix: pix, Stride: m.CStride, W: cw, H: ch, StepX: float64(stepX), StepY: float64(stepY)}
	}
	luma := plane.Plane{Pix: m.Y, Stride: m.YStride, W: w, H: h, StepX: 1, StepY: 1}
	return []plane.Plane{luma, chroma(m.Cb), chroma(m.Cr)}
}

// split copies channels into planes. bytes is the size of a pixel, offsets are those of the channels in it. Of channels
// of 16 bits it takes the upper 8.
func (r *raster) split(pix []uint8, stride, bytes int, offsets ...int) []plane.Plane {
	planes := make([]plane.Plane, len(offsets))
	for i, offset := range offsets {
		planes[i] = plane.New(r.w, r.h)
		for y := range r.h {
			row := pix[y*stride+offset:]
			for x, out := 0, planes[i].Row(y); x < len(out); x++ {
				out[x] = row[x*bytes]
			}
		}
	}
	return planes
}

// expand returns the colours of a paletted image, premultiplied. Indexes beyond the palette are transparent.
func (r *raster) expand(m *image.Paletted) []plane.Plane {
	var table [4][256]uint8
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		red, green, blue, alpha := c.RGBA()
		table[0][i], table[1][i], table[2][i] = uint8(red>>8), uint8(green>>8), uint8(blue>>8)
		table[3][i] = uint8(alpha >> 8)
	}
	planes := make([]plane.Plane, len(table))
	for c := range planes {
		planes[c] = plane.New(r.w, r.h)
		for y := range r.h {
			row := m.Pix[y*m.Stride:]
			for x, out := 0, planes[c].Row(y); x < len(out); x++ {
				out[x] = table[c][row[x]]
			}
		}
	}
	return planes
}

// premultiply multiplies the colours by alpha, so that transparent pixels do not add to the pixels that are made of
// them.
func (r *raster) premultiply() {
	alpha := r.planes[len(r.planes)-1]
	for _, p := range r.colors() {
		for y := range p.H {
			a := alpha.Row(y)
			for x, v := range p.Row(y) {
				if a[x] != 255 {
					p.Pix[y*p.Stride+x] = uint8((uint32(v)*uint32(a[x]) + 127) / 255)
				}
			}
		}
	}
}

// dropOpaque removes the alpha of an image that is opaque.
func (r *raster) dropOpaque() {
	if r.alpha && isOpaque(r.planes[len(r.planes)-1]) {
		r.planes, r.alpha = r.colors(), false
	}
}

func isOpaque(alpha plane.Plane) bool {
	for y := range alpha.H {
		for _, a := range alpha.Row(y) {
			if a != 255 {
				return false
			}
		}
	}
	return true
}
