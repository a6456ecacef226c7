package png

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
)

// A chunk is a chunk of a file, from its name on.
type chunk struct {
	body []byte // the name and the data
	sum  []byte // nil if the file ends before
}

func (c chunk) name() string { return string(c.body[:4]) }
func (c chunk) data() []byte { return c.body[4:] }

// isRight reports whether the checksum is there and right.
func (c chunk) isRight() bool {
	return c.sum != nil && crc32.ChecksumIEEE(c.body) == binary.BigEndian.Uint32(c.sum)
}

// chunksOf yields the chunks before IEND. The last may be cut off.
func chunksOf(src []byte) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		for at := len(signature); at+8 <= len(src); {
			n := int64(binary.BigEndian.Uint32(src[at:]))
			c := chunk{body: src[at+4:]}
			if n+4+4 <= int64(len(c.body)) {
				c.body, c.sum = c.body[:4+n], c.body[4+n:][:4]
			}
			if c.name() == "IEND" || !yield(c) {
				return
			}
			at += 4 + len(c.body) + 4
		}
	}
}

// A decoder holds what the chunks of a file say.
type decoder struct {
	layout
	width, height int
	isInterlaced  bool

	colors *[4][256]uint8 // of the palette: red, green, blue and alpha; opaque black where the file has no colour
	key    []byte         // the pixel that is transparent, as it is stored, or of less than 8 bits, as grey; nil if there is none
	pixels [][]byte       // the data of the chunks IDAT
}

// readChunks reads the chunks that pixels need. They must be in order, as image/png has them. The header must be first, where
// its size was compared with limits.
func (d *decoder) readChunks(src []byte) error {
	var seen []string
	for c := range chunksOf(src) {
		name := c.name()
		if len(seen) == 0 && (name != "IHDR" || !c.isRight()) {
			return corrupt("no header")
		}
		if name == "IDAT" {
			d.pixels = append(d.pixels, c.data())
		}
		isUsed := name == "IHDR" || name == "PLTE" || name == "tRNS"
		if !isUsed || d.pixels != nil || !c.isRight() {
			continue
		}
		if slices.Contains(seen, name) {
			return corrupt("two chunks %s", name)
		}
		if err := d.readChunk(name, c.data(), seen); err != nil {
			return err
		}
		seen = append(seen, name)
	}
	if d.color == paletted && d.colors == nil || d.pixels == nil {
		return corrupt("no palette, or no pixels")
	}
	return d.checkSize()
}

// readChunk reads a chunk; others were seen before.
func (d *decoder) readChunk(name string, data []byte, seen []string) error {
	switch {
	case name == "IHDR":
		return d.readHeader(data)
	case name == "PLTE" && len(seen) == 1:
		return d.readPalette(data)
	case name == "tRNS":
		return d.readTransparency(data)
	}
	return corrupt("%s behind %s", name, seen[len(seen)-1])
}

func (d *decoder) readHeader(data []byte) error {
	if len(data) != 13 {
		return corrupt("a header of %d bytes", len(data))
	}
	d.width, d.height = int(int32(binary.BigEndian.Uint32(data))), int(int32(binary.BigEndian.Uint32(data[4:])))
	d.depth, d.color = int(data[8]), int(data[9])
	d.isInterlaced = data[12] == 1
	d.channels = map[int]int{grey: 1, rgb: 3, paletted: 1, greyAlpha: 2, rgba: 4}[d.color]
	depths := []int{8, 16}
	switch d.color {
	case grey:
		depths = []int{1, 2, 4, 8, 16}
	case paletted:
		depths = []int{1, 2, 4, 8}
	}
	switch {
	case d.width < 1 || d.height < 1 || data[12] > 1:
		return corrupt("%d × %d pixels, interlaced by method %d", d.width, d.height, data[12])
	case data[10] != 0 || data[11] != 0 || d.channels == 0 || !slices.Contains(depths, d.depth):
		return fmt.Errorf("%w: methods %d and %d, colour type %d of %d bits", ErrUnsupported, data[10], data[11], d.color, d.depth)
	}
	return nil
}

// checkSize refuses an image whose file can't hold its pixels: zlib packs no more than 1,032 bytes into one, a match of 258
// bytes in two bits, while a file of a hundred bytes can claim any size.
func (d *decoder) checkSize() error {
	var packed int
	for _, piece := range d.pixels {
		packed += len(piece)
	}
	if float64(d.width)*float64(d.height)*float64(d.channels*d.depth)/8 > 1032*float64(packed) {
		return corrupt("%d bytes can't be %d × %d pixels", packed, d.width, d.height)
	}
	return nil
}

// readPalette reads the colours of a palette. Those that images in colour suggest to screens of few colours are ignored.
func (d *decoder) readPalette(data []byte) error {
	n := len(data) / 3
	if len(data)%3 != 0 || n < 1 || n > maxColors || n > 1<<d.depth || d.color == grey || d.color == greyAlpha {
		return corrupt("a palette of %d bytes in an image of colour type %d", len(data), d.color)
	}
	if d.color != paletted {
		return nil
	}
	d.colors = new([4][256]uint8)
	for i := range n {
		for c := range 3 {
			d.colors[c][i] = data[3*i+c]
		}
	}
	for i := range d.colors[3] {
		d.colors[3][i] = 255
	}
	return nil
}

// readTransparency reads the alpha of the first colours of a palette, or the colour that is transparent.
func (d *decoder) readTransparency(data []byte) error {
	switch {
	case d.color == paletted && d.colors != nil && len(data) <= maxColors:
		copy(d.colors[3][:], data)
	case (d.color == grey || d.color == rgb) && len(data) == 2*d.channels:
		d.setKey(data)
	default:
		return corrupt("a transparency of %d bytes in an image of colour type %d", len(data), d.color)
	}
	return nil
}

// setKey sets the pixel that is transparent from samples of 16 bits.
func (d *decoder) setKey(data []byte) {
	if d.depth == 16 {
		d.key = data
		return
	}
	for i := range d.channels {
		d.key = append(d.key, data[2*i+1])
	}
	if d.depth < 8 {
		d.key[0] *= d.greyStep()
	}
}

// greyStep returns the difference of a level of grey of 1, 2 or 4 bits to the next, as 8 bits.
func (d *decoder) greyStep() uint8 { return uint8(255 / (1<<d.depth - 1)) }

// planes returns how many planes the image has.
func (d *decoder) planes() int {
	switch {
	case d.color == greyAlpha || d.color == rgba || d.key != nil:
		return 4
	case d.color == paletted && slices.Min(d.colors[3][:]) < 255:
		return 4
	case d.color == grey:
		return 1
	}
	return 3
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
