package gif

import "image"

// A diffusion spreads the error of a pixel over the pixels to the right and below, by the weights of Floyd and
// Steinberg (7, 3, 5 and 1 sixteenths).
type diffusion struct {
	left       int      // x of the first pixel of a row
	row, below [][3]int // errors of this row and the next, in sixteenths, after those of a pixel to the left
}

func newDiffusion(part image.Rectangle) *diffusion {
	return &diffusion{part.Min.X, make([][3]int, part.Dx()+2), make([][3]int, part.Dx()+2)}
}

// nextRow begins a row.
func (d *diffusion) nextRow() {
	d.row, d.below = d.below, d.row
	clear(d.below)
}

// add returns a colour with as much of the error that was spread to it as strength says, in sixteenths.
func (d *diffusion) add(c rgb, x, strength int) rgb {
	if strength == 0 {
		return c
	}
	for i, e := range d.row[x-d.left+1] {
		c[i] = uint8(min(max(int(c[i])+(e*strength+128)>>8, 0), 255))
	}
	return c
}

// spread spreads the error of a pixel that got another colour than was wanted.
func (d *diffusion) spread(wanted, got rgb, x int) {
	if wanted == got {
		return
	}
	x -= d.left
	for i := range wanted {
		e := int(wanted[i]) - int(got[i])
		d.row[x+2][i] += 7 * e
		d.below[x][i] += 3 * e
		d.below[x+1][i] += 5 * e
		d.below[x+2][i] += e
	}
}

// The strength of dithering, in sixteenths. In calm parts, where bands of equal colour would be visible, half of the
// error hides them, and adds a third of the bytes that all of it would add. Elsewhere it would only be noise.
const (
	fullStrength = 8
	calm         = 3 // the largest difference from a neighbour, in levels, with full strength
	lively       = 8 // the least difference without any
)

// strength returns the strength of dithering for a pixel.
func strength(m *image.NRGBA, x, y int) int {
	pixel := m.PixOffset(x, y)
	most := 0
	compare := func(neighbour int) {
		for i := range 3 {
			d := int(m.Pix[pixel+i]) - int(m.Pix[neighbour+i])
			most = max(most, d, -d)
		}
	}
	if x > m.Rect.Min.X {
		compare(pixel - 4)
	}
	if x < m.Rect.Max.X-1 {
		compare(pixel + 4)
	}
	if y > m.Rect.Min.Y {
		compare(pixel - m.Stride)
	}
	if y < m.Rect.Max.Y-1 {
		compare(pixel + m.Stride)
	}
	return fullStrength * min(max(lively-most, 0), lively-calm) / (lively - calm)
}
