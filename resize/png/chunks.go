package png

import (
	"encoding/binary"
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

// A part is a part of a file that begins with a chunk.
type part []byte

// partOf returns the chunks of a file, behind its signature.
func partOf(src []byte) part { return src[min(len(signature), len(src)):] }

// next returns the first chunk and those behind it, or false at the end or at IEND. The last chunk of a file may be cut off.
func (p part) next() (c chunk, rest part, ok bool) {
	if len(p) < 8 {
		return c, nil, false
	}
	n := int64(binary.BigEndian.Uint32(p))
	if c.body = p[4:]; n+4+4 <= int64(len(c.body)) {
		c.body, c.sum, rest = c.body[:4+n], c.body[4+n:][:4], c.body[4+n+4:]
	}
	return c, rest, c.name() != "IEND"
}

// chunks yields the chunks, each with those behind it.
func (p part) chunks() iter.Seq2[chunk, part] {
	return func(yield func(chunk, part) bool) {
		for c, rest, ok := p.next(); ok && yield(c, rest); c, rest, ok = rest.next() {
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
}

// readChunks reads the chunks that pixels need. The header must be first, where its size was compared with limits. What else is in
// the wrong place, or there twice, does not matter as long as it is there.
func (d *decoder) readChunks(file part) error {
	var transparency []byte
	isFirst := true
	for c := range file.chunks() {
		name := c.name()
		if isFirst {
			if name != "IHDR" || !c.isRight() {
				break
			}
			if err := d.readHeader(c.data()); err != nil {
				return err
			}
			isFirst = false
			continue
		}
		if name == "IDAT" {
			break
		}
		if !c.isRight() {
			continue
		}
		switch {
		case name == "IHDR":
			return corrupt("two headers")
		case name == "PLTE" && d.color == paletted && d.colors == nil:
			if err := d.readPalette(c.data()); err != nil {
				return err
			}
		case name == "tRNS" && transparency == nil:
			transparency = c.data()
		}
	}
	switch {
	case isFirst:
		return corrupt("no header")
	case d.color == paletted && d.colors == nil:
		return corrupt("no palette")
	}
	d.readTransparency(transparency)
	return nil
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
		return unsupported("methods %d and %d, colour type %d of %d bits", data[10], data[11], d.color, d.depth)
	}
	return nil
}

// readPalette reads the colours of a palette. Those that pixels of its depth can't name are ignored.
func (d *decoder) readPalette(data []byte) error {
	n := len(data) / 3
	if len(data)%3 != 0 || n < 1 || n > maxColors {
		return corrupt("a palette of %d bytes", len(data))
	}
	d.colors = new([4][256]uint8)
	for i := range min(n, 1<<d.depth) {
		for c := range 3 {
			d.colors[c][i] = data[3*i+c]
		}
	}
	for i := range d.colors[3] {
		d.colors[3][i] = 255
	}
	return nil
}

// readTransparency reads the alpha of the first colours of a palette, or the colour that is transparent. As by libpng, it is
// ignored if it has a length that the type of the image does not allow.
func (d *decoder) readTransparency(data []byte) {
	switch {
	case d.color == paletted && len(data) <= maxColors:
		copy(d.colors[3][:], data)
	case (d.color == grey || d.color == rgb) && len(data) == 2*d.channels:
		d.setKey(data)
	}
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
