package gif

import (
	"image"
	"math"
)

// A rgb is an opaque colour.
type rgb [3]uint8

// The weights of red, green and blue in distances, roughly those that they have for the eye.
const (
	redWeight   = 2
	greenWeight = 4
	blueWeight  = 2
)

// distance returns the square of the weighted distance of two colours: 8 for one level in all channels.
func distance(a, b rgb) int {
	dr, dg, db := int(a[0])-int(b[0]), int(a[1])-int(b[1]), int(a[2])-int(b[2])
	return redWeight*dr*dr + greenWeight*dg*dg + blueWeight*db*db
}

// maxColors is the largest number of colours in a palette. A table of a GIF has 256; the last stands for transparent.
const maxColors = 255

// A census is what a palette is chosen from: the colours of the pixels of an image that are painted.
type census struct {
	most     int   // colours of a palette
	painted  int   // pixels
	distinct []rgb // the different colours, in the order in which they appear; at most one more than most

	sample   []rgb    // colours of pixels that are spread evenly over the image
	phases   []uint32 // of these pixels, see phaseOf
	interval uint32   // of so many pixels, one is in the sample
}

// maxSample bounds the colours of a sample.
const maxSample = 1 << 15

// takeCensus returns the colours of an image. It asks isPainted for each pixel of a part of it, row by row.
func takeCensus(m *image.NRGBA, part image.Rectangle, most int, isPainted func(x, y int) bool) *census {
	c := &census{most: most, interval: 1}
	known := make(map[rgb]struct{})
	var last rgb
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if !isPainted(x, y) {
				continue
			}
			color := at(m, x, y)
			c.addSample(color, phaseOf(x, y))
			c.painted++
			if len(c.distinct) > c.most || color == last && c.painted > 1 {
				continue
			}
			last = color
			if _, ok := known[color]; !ok {
				known[color] = struct{}{}
				c.distinct = append(c.distinct, color)
			}
		}
	}
	return c
}

// phaseOf returns a number for a pixel. The pixels whose numbers are less than any limit are spread evenly, so that none of them miss
// a small part of an image, however wide that is: the numbers are an R2 sequence (Martin Roberts, "The unreasonable effectiveness of
// quasirandom sequences", 2018).
func phaseOf(x, y int) uint32 { return uint32(x)*3242174889 + uint32(y)*2447445414 }

// addSample adds the colour of a pixel to the sample, if it is one of those that the interval leaves.
func (c *census) addSample(color rgb, phase uint32) {
	if phase > math.MaxUint32/c.interval {
		return
	}
	c.sample, c.phases = append(c.sample, color), append(c.phases, phase)
	for len(c.sample) == maxSample && c.interval < math.MaxUint32/2 {
		c.interval *= 2
		c.thin()
	}
}

// thin removes the pixels from the sample that the interval does not leave any more.
func (c *census) thin() {
	n := 0
	for i, phase := range c.phases {
		if phase <= math.MaxUint32/c.interval {
			c.sample[n], c.phases[n] = c.sample[i], phase
			n++
		}
	}
	c.sample, c.phases = c.sample[:n], c.phases[:n]
}

// at returns the colour of a pixel without its alpha.
func at(m *image.NRGBA, x, y int) rgb {
	p := m.Pix[m.PixOffset(x, y):]
	return rgb{p[0], p[1], p[2]}
}

// rounds is how often a palette is refined. More rounds change hardly anything.
const rounds = 3

// palette returns the palette that suits the colours best: all of them if they are few, and as many as there is reason
// for otherwise, since a table takes bytes too.
func (c *census) palette() *palette {
	if c.isExact() {
		return newPalette(c.distinct)
	}
	n := 16
	for n < c.most && 16*n < c.painted {
		n *= 2
	}
	p := newPalette(cutColors(c.sample, min(n, c.most)))
	for range rounds {
		p = p.refined(c.sample)
	}
	return p
}

// isExact reports whether a palette can hold all of the colours.
func (c *census) isExact() bool { return len(c.distinct) <= c.most }

// suits reports whether a palette that is in use already can be used for the colours: if it has all of them, or is
// worse by no more than some percent than one that is made for them. Less changes from frame to frame then, and no table
// is stored.
func (c *census) suits(old, own *palette, tolerance int) bool {
	if c.isExact() {
		for _, color := range c.distinct {
			if old.colors[old.nearest(color)] != color {
				return false
			}
		}
		return true
	}
	return 100*old.errorOf(c.sample) <= (100+tolerance)*own.errorOf(c.sample)
}
