package tiff

import (
	"io"
)

// A decoder reads an image.
type decoder struct {
	src []byte
	layout
	blocks
	planes    int
	outputs   []output
	bigEndian bool
}

// An output says which level each value of a sample means in a plane. Of values of 16 bits the upper 8 count.
type output struct {
	sample, plane int
	levels        *[256]uint8
}

// readOutputs decides what becomes of the samples. Grey with alpha becomes red, green and blue, which are equal.
func (d *decoder) readOutputs(dir *directory) error {
	d.planes, d.bigEndian = 3, dir.src[0] == 'M'
	grey := d.photometric == whiteIsZero || d.photometric == blackIsZero
	switch {
	case d.alpha != 0 || d.photometric == separated:
		d.planes = 4
	case grey:
		d.planes = 1
	}
	colors := dir.list(tagColorMap)
	if d.photometric == paletted && colors.len() < 3<<d.bits {
		return corrupt("a palette of %d numbers for %d bits", colors.len(), d.bits)
	}
	shift := 0
	if d.photometric == paletted {
		for i := range 3 << d.bits {
			if colors.at(i) > 255 { // else the palette is of 8 bits, as some programs write it
				shift = 8
				break
			}
		}
	}
	for plane := range min(d.planes, max(d.colors(), 3)) {
		out := output{plane: plane, levels: new([256]uint8)}
		if d.colors() > 1 {
			out.sample = plane
		}
		for v := range 1 << min(d.bits, 8) {
			if d.photometric == paletted {
				out.levels[v] = uint8(colors.at(plane<<d.bits+v) >> shift)
			} else {
				out.levels[v] = d.level(v)
			}
		}
		d.outputs = append(d.outputs, out)
	}
	if d.alpha != 0 {
		out := output{sample: d.colors(), plane: 3, levels: new([256]uint8)}
		for v := range out.levels {
			out.levels[v] = uint8(v)
		}
		d.outputs = append(d.outputs, out)
	}
	return nil
}

// level returns the level of light that a value of a sample means.
func (d *decoder) level(v int) uint8 {
	most := 1<<min(d.bits, 8) - 1
	if d.photometric == whiteIsZero {
		v = most - v
	}
	return uint8(v * 255 / most)
}

// readPixels reads all blocks.
func (d *decoder) readPixels(planes [][]uint8) error {
	e := &expander{compression: d.compression, reversed: d.reversed}
	perPlane := d.across * d.down
	for i := range perPlane {
		x, y := i%d.across*d.blockWidth, i/d.across*d.blockHeight
		var err error
		if d.separate {
			for sample := 0; sample < d.samples && err == nil; sample++ {
				err = d.readBlock(e, d.block(sample*perPlane+i), x, y, 1, sample, planes)
			}
		} else {
			err = d.readBlock(e, d.block(i), x, y, d.samples, 0, planes)
		}
		if err != nil {
			return corrupt("pixels from %d, %d on: %v", x, y, err)
		}
	}
	return nil
}

// readBlock reads the block at x, y, which has samples of each pixel, of which the first has a number.
func (d *decoder) readBlock(e *expander, block []byte, x, y, samples, first int, planes [][]uint8) error {
	width, height := d.blockWidth, d.blockHeight
	if !d.tiles {
		height = min(height, d.height-y)
	}
	r, err := e.open(block, width, height)
	if err != nil {
		return err
	}
	row := make([]byte, (width*samples*d.bits+7)/8)
	values := row
	if d.bits != 8 {
		values = make([]byte, width*samples)
	}
	for line := y; line < min(y+height, d.height); line++ {
		if _, err := io.ReadFull(r, row); err != nil {
			return err
		}
		if d.differences {
			d.addDifferences(row, samples)
		}
		d.unpack(values, row)
		for _, out := range d.outputs {
			if at := out.sample - first; at >= 0 && at < samples {
				out.write(planes[out.plane][line*d.width+x:][:min(width, d.width-x)], values[at:], samples)
			}
		}
	}
	return e.end(r)
}

// write writes the levels of every step-th value.
func (o output) write(to, values []uint8, step int) {
	for x := range to {
		to[x] = o.levels[values[x*step]]
	}
}

// addDifferences adds to each sample that of the pixel before.
func (d *decoder) addDifferences(row []byte, samples int) {
	if d.bits == 8 {
		for i := samples; i < len(row); i++ {
			row[i] += row[i-samples]
		}
		return
	}
	high, low := 1, 0
	if d.bigEndian {
		high, low = 0, 1
	}
	for i := 2 * samples; i+1 < len(row); i += 2 {
		before := i - 2*samples
		sum := uint16(row[i+high])<<8 + uint16(row[i+low]) + uint16(row[before+high])<<8 + uint16(row[before+low])
		row[i+high], row[i+low] = uint8(sum>>8), uint8(sum)
	}
}

// unpack makes a byte of each sample of a row.
func (d *decoder) unpack(values, row []byte) {
	switch {
	case d.bits == 16 && d.bigEndian:
		for i := range values {
			values[i] = row[2*i]
		}
	case d.bits == 16:
		for i := range values {
			values[i] = row[2*i+1]
		}
	case d.bits < 8:
		perByte := 8 / d.bits
		for i := range values {
			values[i] = row[i/perByte] >> (8 - d.bits*(i%perByte+1)) & (1<<d.bits - 1)
		}
	}
}
