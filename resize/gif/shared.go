package gif

import (
	"image"
	"image/color"
	"image/gif"
)

// withOnePalette returns an animation with one palette for all frames. It returns nil if the frames share one already, or if
// they have too many colours. Tables of their own may take more bytes than the frames of a drawing.
func withOnePalette(g *gif.GIF) *gif.GIF {
	numbers := make(map[color.NRGBA]uint8)
	var table color.Palette
	tables := make(map[*color.Color]bool)
	for _, frame := range g.Image {
		tables[&frame.Palette[0]] = true
		for _, c := range frame.Palette {
			c := c.(color.NRGBA)
			if _, isKnown := numbers[c]; isKnown || c.A == 0 {
				continue
			}
			if len(table) == maxColors {
				return nil
			}
			numbers[c] = uint8(len(table))
			table = append(table, c)
		}
	}
	if len(tables) == 1 {
		return nil
	}
	numbers[color.NRGBA{}] = uint8(len(table))
	table = append(table, color.NRGBA{})
	shared := *g
	shared.Config.ColorModel = table
	shared.Image = make([]*image.Paletted, len(g.Image))
	for i, frame := range g.Image {
		shared.Image[i] = renumbered(frame, table, numbers)
	}
	return &shared
}

// renumbered returns a frame with another palette, which has its colours under other numbers.
func renumbered(frame *image.Paletted, table color.Palette, numbers map[color.NRGBA]uint8) *image.Paletted {
	var to [256]uint8
	for i, c := range frame.Palette {
		to[i] = numbers[c.(color.NRGBA)]
	}
	out := image.NewPaletted(frame.Rect, table)
	for y := range frame.Rect.Dy() {
		row := frame.Pix[y*frame.Stride:][:frame.Rect.Dx()]
		for x, number := range row {
			out.Pix[y*out.Stride+x] = to[number]
		}
	}
	return out
}
