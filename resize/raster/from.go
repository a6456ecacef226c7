package raster

import (
	"image"
	"image/draw"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// From returns the planes of an image. It shares those of images of type YCbCr and Gray.
func From(m image.Image) *Image {
	b := m.Bounds()
	r := &Image{W: b.Dx(), H: b.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		r.Space, r.Planes = YCC, yccPlanes(m)
	case *image.Gray:
		r.Space = Grey
		r.Planes = []plane.Plane{{Pix: m.Pix, Stride: m.Stride, W: r.W, H: r.H, StepX: 1, StepY: 1}}
	case *image.Gray16:
		r.Space, r.Planes = Grey, r.split(m.Pix, m.Stride, 2, 0)
	case *image.CMYK:
		r.Space, r.Planes = CMYK, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3)
	case *image.RGBA:
		r.Space, r.Planes, r.Alpha = RGB, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
	case *image.RGBA64:
		r.Space, r.Planes, r.Alpha = RGB, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
	case *image.NRGBA:
		r.Space, r.Planes, r.Alpha = RGB, r.split(m.Pix, m.Stride, 4, 0, 1, 2, 3), true
		r.Premultiply()
	case *image.NRGBA64:
		r.Space, r.Planes, r.Alpha = RGB, r.split(m.Pix, m.Stride, 8, 0, 2, 4, 6), true
		r.Premultiply()
	case *image.Paletted:
		r.Space, r.Planes, r.Alpha = RGB, r.expand(m), true
	default:
		n := image.NewNRGBA(image.Rect(0, 0, r.W, r.H))
		draw.Draw(n, n.Bounds(), m, b.Min, draw.Src)
		return From(n)
	}
	r.DropOpaque()
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
func (r *Image) split(pix []uint8, stride, bytes int, offsets ...int) []plane.Plane {
	planes := make([]plane.Plane, len(offsets))
	for i, offset := range offsets {
		planes[i] = plane.New(r.W, r.H)
		for y := range r.H {
			row := pix[y*stride+offset:]
			for x, out := 0, planes[i].Row(y); x < len(out); x++ {
				out[x] = row[x*bytes]
			}
		}
	}
	return planes
}

// expand returns the colours of a paletted image, premultiplied. Indexes beyond the palette are transparent.
func (r *Image) expand(m *image.Paletted) []plane.Plane {
	var table [4][256]uint8
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		red, green, blue, alpha := c.RGBA()
		table[0][i], table[1][i], table[2][i] = uint8(red>>8), uint8(green>>8), uint8(blue>>8)
		table[3][i] = uint8(alpha >> 8)
	}
	planes := make([]plane.Plane, len(table))
	for c := range planes {
		planes[c] = plane.New(r.W, r.H)
		for y := range r.H {
			row := m.Pix[y*m.Stride:]
			for x, out := 0, planes[c].Row(y); x < len(out); x++ {
				out[x] = table[c][row[x]]
			}
		}
	}
	return planes
}

// Premultiply multiplies the colours by alpha, so that transparent pixels do not add to the pixels that are made of
// them.
func (r *Image) Premultiply() {
	alpha := r.Planes[len(r.Planes)-1]
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

// DropOpaque removes the alpha of an image that is opaque.
func (r *Image) DropOpaque() {
	if r.Alpha && isOpaque(r.Planes[len(r.Planes)-1]) {
		r.Planes, r.Alpha = r.colors(), false
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
