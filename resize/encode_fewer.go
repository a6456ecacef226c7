package resize

import (
	"encoding/binary"
	"image"
	"image/color"

	"github.com/imgorigin/imgorigin/resize/gif"
)

// paletteSizes are the numbers of colours that are tried. A GIF and a palette of 8 bits hold the first; of fewer than the last,
// lines do not look smooth.
var paletteSizes = []int{255, 128, 64, 32, 16}

// maxPainted bounds the pixels of an image that is painted in several palettes, which takes up to a second for a million.
const maxPainted = 4 << 20

// mayPaint reports whether an image may be encoded in fewer colours.
func (d *drawing) mayPaint() bool {
	size := d.image.Rect.Size()
	return d.mayRound && d.image.Opaque() && size.X*size.Y <= maxPainted
}

// fewerColors encodes an image in as many colours as the limit of bytes allows, or in the fewest in which it looks as good.
// It returns nil if no palette will do. The numbers of colours are searched by halves, since each takes a palette and an encoding.
func (d *drawing) fewerColors(f Format) (body []byte, err error) {
	isFit := false
	for from, to := 0, len(paletteSizes); from < to; {
		i := (from + to) / 2
		m := unpainted(gif.Paint(d.image, paletteSizes[i]), d.image)
		if !looksLike(m, d.image, d.tolerance) {
			to = i
			continue
		}
		candidate, err := d.encodeLossless(m, f)
		if err != nil {
			return nil, err
		}
		fits := len(candidate) <= d.limit
		if fits || !isFit && (body == nil || len(candidate) < len(body)) {
			body, isFit = candidate, fits
		}
		if fits {
			to = i
		} else {
			from = i + 1
		}
	}
	return body, nil
}

// unpainted returns the colours of an image that was painted in a palette. Where most pixels of an entry had one and the same
// colour, as those of an area have, all of them get it: a logo keeps its colour, and only the blends at its edges change.
func unpainted(p *image.Paletted, original *image.NRGBA) *image.NRGBA {
	table := majorities(p, original)
	m := image.NewNRGBA(p.Rect)
	for i, number := range p.Pix {
		binary.LittleEndian.PutUint32(m.Pix[4*i:], table[number])
	}
	return m
}

// majorities returns, for each entry of a palette, the colour that more than half of its pixels have in the original, else that
// of the palette.
func majorities(p *image.Paletted, original *image.NRGBA) (table [256]uint32) {
	colors := func(yield func(number uint8, color uint32) bool) {
		for i, number := range p.Pix {
			y, x := i/p.Stride, i%p.Stride
			if !yield(number, binary.LittleEndian.Uint32(original.Pix[y*original.Stride+4*x:])) {
				return
			}
		}
	}
	var lead, count, size [256]int
	for number, color := range colors { // a vote: a colour of the majority is what is left in the table
		switch {
		case lead[number] == 0:
			table[number], lead[number] = color, 1
		case table[number] == color:
			lead[number]++
		default:
			lead[number]--
		}
	}
	for number, color := range colors {
		size[number]++
		if table[number] == color {
			count[number]++
		}
	}
	for i, c := range p.Palette {
		if 2*count[i] <= size[i] {
			c := color.NRGBAModel.Convert(c).(color.NRGBA)
			table[i] = uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16 | uint32(c.A)<<24
		}
	}
	return table
}

// A tolerance bounds the differences of two images that look the same: the mean squares of the differences of levels, in the whole
// image and in any of its blocks, where something small may be missing.
type tolerance struct{ whole, block int }

var (
	// A blend of an edge that is off by a few levels is not seen.
	usualTolerance = tolerance{whole: 3 * 3, block: 10 * 10}

	// An original with a palette shows steps or dots between its colours that are larger than these.
	paletteTolerance = tolerance{whole: 7 * 7, block: 16 * 16}
)

// blockSide is the width and height of the blocks of a tolerance, in pixels.
const blockSide = 16

// looksLike reports whether two opaque images of one size look the same.
func looksLike(a, b *image.NRGBA, within tolerance) bool {
	w, h := a.Rect.Dx(), a.Rect.Dy()
	whole := 0
	for y := 0; y < h; y += blockSide {
		for x := 0; x < w; x += blockSide {
			block := image.Rect(x, y, min(x+blockSide, w), min(y+blockSide, h))
			sum := squares(a, b, block)
			if sum > 3*blockSide*blockSide*within.block {
				return false
			}
			whole += sum
		}
	}
	return whole <= 3*w*h*within.whole
}

// squares returns the sum of the squares of the differences of two images in a part of them.
func squares(a, b *image.NRGBA, part image.Rectangle) (sum int) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		rowA, rowB := a.Pix[y*a.Stride+4*part.Min.X:][:4*part.Dx()], b.Pix[y*b.Stride+4*part.Min.X:][:4*part.Dx()]
		for i, v := range rowA {
			d := int(v) - int(rowB[i])
			sum += d * d
		}
	}
	return sum
}
