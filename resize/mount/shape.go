package mount

import (
	"image"
	"image/color"
	"math"

	"github.com/imgorigin/imgorigin/resize/hexcolor"
)

// turned returns an image turned clockwise in its middle, with a colour in the corners. Pixels are blends of the four that
// they come between, weighted by alpha.
func turned(m *image.NRGBA, radians float64, bg color.NRGBA) *image.NRGBA {
	size := turnedSize(m.Rect.Size(), radians)
	out := image.NewNRGBA(image.Rectangle{Max: size})
	sin, cos := math.Sincos(radians)
	w, h := float64(m.Rect.Dx()), float64(m.Rect.Dy())
	for y := range size.Y {
		dy := float64(y) + 0.5 - float64(size.Y)/2
		row := out.Pix[y*out.Stride:]
		for x := range size.X {
			dx := float64(x) + 0.5 - float64(size.X)/2
			p := blend4(m, cos*dx+sin*dy+w/2-0.5, cos*dy-sin*dx+h/2-0.5, bg)
			copy(row[4*x:], p[:])
		}
	}
	return out
}

// blend4 returns the colour at a point between pixels, those beyond the image having the colour bg.
func blend4(m *image.NRGBA, x, y float64, bg color.NRGBA) (p [4]uint8) {
	left, top := int(math.Floor(x)), int(math.Floor(y))
	fx, fy := x-float64(left), y-float64(top)
	if left < -1 || top < -1 || left >= m.Rect.Dx() || top >= m.Rect.Dy() {
		return [4]uint8{bg.R, bg.G, bg.B, bg.A}
	}
	var sums [3]float64
	var alpha float64
	for i, weight := range [4]float64{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy} {
		c := [4]uint8{bg.R, bg.G, bg.B, bg.A}
		if at := image.Pt(left+i%2, top+i/2); at.In(m.Rect) {
			copy(c[:], m.Pix[m.PixOffset(at.X, at.Y):])
		}
		a := weight * float64(c[3])
		for k := range sums {
			sums[k] += a * float64(c[k])
		}
		alpha += a
	}
	if alpha > 0 {
		for k := range sums {
			p[k] = uint8(sums[k]/alpha + 0.5)
		}
	}
	p[3] = uint8(alpha + 0.5)
	return p
}

// applyMask multiplies alpha by how much of each pixel is in the shape, and puts a background behind it.
func (f Mount) applyMask(m *image.NRGBA) {
	behind := color.NRGBA{}
	if f.MaskBackground != "" {
		behind = hexcolor.NRGBA(f.MaskBackground)
	}
	w, h := float64(m.Rect.Dx()), float64(m.Rect.Dy())
	covers := func(x, y float64) float64 { return ellipseCover(x, y, w/2, h/2) }
	if f.Mask == Corners {
		r := min(float64(f.CornerRadius), w/2, h/2)
		covers = func(x, y float64) float64 { return cornerCover(x, y, w/2, h/2, r) }
	}
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			cover := covers(float64(x)+0.5-w/2, float64(y)+0.5-h/2)
			if cover >= 1 {
				continue
			}
			p := m.Pix[m.PixOffset(x, y):][:4:4]
			p[3] = uint8(float64(p[3])*cover + 0.5)
			over(p, behind)
		}
	}
}

// over puts a colour behind a pixel.
func over(p []uint8, behind color.NRGBA) {
	front := float64(p[3]) / 255
	back := float64(behind.A) / 255 * (1 - front)
	if back == 0 {
		return
	}
	alpha := front + back
	for i, c := range [3]uint8{behind.R, behind.G, behind.B} {
		p[i] = uint8((float64(p[i])*front+float64(c)*back)/alpha + 0.5)
	}
	p[3] = uint8(alpha*255 + 0.5)
}

// cornerCover returns how much of the pixel at x, y from the middle is in a box of 2w × 2h with round corners.
func cornerCover(x, y, w, h, radius float64) float64 {
	dx, dy := math.Abs(x)-(w-radius), math.Abs(y)-(h-radius)
	if dx <= 0 || dy <= 0 {
		return 1
	}
	return min(max(radius-math.Hypot(dx, dy)+0.5, 0), 1)
}

// ellipseCover returns the same of an ellipse with the half axes w and h. The distance to its edge is that of a linear
// approximation, which is good near the edge, where it matters.
func ellipseCover(x, y, w, h float64) float64 {
	f := x*x/(w*w) + y*y/(h*h) - 1
	slope := 2 * math.Hypot(x/(w*w), y/(h*h))
	if slope == 0 {
		return 1
	}
	return min(max(0.5-f/slope, 0), 1)
}
