package gif

import (
	"image"
	"image/color"
	"slices"
)

// quantized returns a part of m in at most 256 colours, which are chosen by median cut. A pixel becomes transparent if
// it is at least half transparent.
func quantized(m *image.NRGBA, part image.Rectangle) *image.Paletted {
	colors := make([][3]uint8, 0, part.Dx()*part.Dy())
	transparent := false
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if p := m.Pix[m.PixOffset(x, y):]; p[3] < 128 {
				transparent = true
			} else {
				colors = append(colors, [3]uint8{p[0], p[1], p[2]})
			}
		}
	}
	var palette color.Palette
	if transparent {
		palette = append(palette, color.NRGBA{})
	}
	palette = append(palette, medianCut(colors, 256-len(palette))...)
	out := image.NewPaletted(part, palette)
	nearest := nearestIn(palette, transparent)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if p := m.Pix[m.PixOffset(x, y):]; p[3] >= 128 {
				out.Pix[out.PixOffset(x, y)] = nearest(p[0], p[1], p[2])
			}
		}
	}
	return out
}

// maxQuantized bounds the pixels that a palette is chosen from, because sorting them takes most of the time. They are
// picked at regular intervals.
const maxQuantized = 1 << 16

// medianCut returns a palette of at most n colours: it splits the box of colours with the longest side at its median
// until there are enough boxes, and takes the mean of each. It reorders colors.
func medianCut(colors [][3]uint8, n int) color.Palette {
	if step := (len(colors) + maxQuantized - 1) / maxQuantized; step > 1 {
		for i := range len(colors) / step {
			colors[i] = colors[i*step]
		}
		colors = colors[:len(colors)/step]
	}
	if len(colors) == 0 {
		return color.Palette{color.NRGBA{A: 255}}
	}
	boxes := []box{newBox(colors)}
	for len(boxes) < n {
		widest := 0
		for i := range boxes {
			if boxes[i].side > boxes[widest].side {
				widest = i
			}
		}
		split := boxes[widest]
		if split.side == 0 {
			break // each box is a single colour
		}
		slices.SortFunc(split.colors, func(a, b [3]uint8) int { return int(a[split.channel]) - int(b[split.channel]) })
		middle := medianOf(split.colors, split.channel)
		boxes[widest] = newBox(split.colors[:middle])
		boxes = append(boxes, newBox(split.colors[middle:]))
	}
	palette := make(color.Palette, len(boxes))
	for i := range boxes {
		palette[i] = mean(boxes[i].colors)
	}
	return palette
}

// A box is a set of colours, with the channel in which they differ most and the length of that side.
type box struct {
	colors        [][3]uint8
	channel, side int
}

func newBox(colors [][3]uint8) box {
	b := box{colors: colors}
	lo, hi := colors[0], colors[0]
	for _, c := range colors {
		for i := range 3 {
			lo[i], hi[i] = min(lo[i], c[i]), max(hi[i], c[i])
		}
	}
	for i := range 3 {
		if s := int(hi[i]) - int(lo[i]); s > b.side {
			b.channel, b.side = i, s
		}
	}
	return b
}

// medianOf returns where a sorted box is split: at its middle, moved so that equal values stay together and neither
// part is empty.
func medianOf(box [][3]uint8, channel int) int {
	middle := len(box) / 2
	value := box[middle][channel]
	at, _ := slices.BinarySearchFunc(box, value, func(c [3]uint8, v uint8) int { return int(c[channel]) - int(v) })
	if at > 0 {
		return at
	}
	at, _ = slices.BinarySearchFunc(box, int(value)+1, func(c [3]uint8, v int) int { return int(c[channel]) - v })
	return at
}

func mean(box [][3]uint8) color.Color {
	var sum [3]int
	for _, c := range box {
		for i := range 3 {
			sum[i] += int(c[i])
		}
	}
	n := len(box)
	return color.NRGBA{uint8((sum[0] + n/2) / n), uint8((sum[1] + n/2) / n), uint8((sum[2] + n/2) / n), 255}
}

// nearestIn returns a function that returns the index of the nearest colour of a palette. It looks at 5 bits of each
// channel, and searches once for each of those colours.
func nearestIn(palette color.Palette, transparent bool) func(r, g, b uint8) uint8 {
	var known [1 << 15]uint16 // index + 1
	first := 0
	if transparent {
		first = 1
	}
	return func(r, g, b uint8) uint8 {
		cell := &known[int(r>>3)<<10|int(g>>3)<<5|int(b>>3)]
		if *cell == 0 {
			best, distance := first, 1<<30
			for i := first; i < len(palette); i++ {
				c := palette[i].(color.NRGBA)
				dr, dg, db := int(c.R)-int(r&^7|4), int(c.G)-int(g&^7|4), int(c.B)-int(b&^7|4)
				if d := 2*dr*dr + 4*dg*dg + 3*db*db; d < distance { // roughly as the eye weighs the channels
					best, distance = i, d
				}
			}
			*cell = uint16(best + 1)
		}
		return uint8(*cell - 1)
	}
}
