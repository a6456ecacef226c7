package tiff

import "math"

// Meanings of pixels.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	paletted    = 3
	separated   = 5 // in inks
)

// Meanings of a sample beyond the colours. Others have nothing to do with what is displayed.
const (
	associated   = 1 // alpha that the colours are multiplied with
	unassociated = 2
)

// cmyk is the set of the inks cyan, magenta, yellow and black, in this order.
const cmyk = 1

// A layout says how pixels are stored.
type layout struct {
	width, height int
	samples, bits int
	photometric   uint32
	alpha         uint32 // the meaning of the sample behind the colours, 0 if that is not alpha
	separate      bool   // each sample has its own blocks

	compression uint32
	reversed    bool // the first bit of a byte is its lowest
	differences bool // samples are differences to those of the pixel before
}

// layout returns the layout of an image, or an error if it is not one that is read.
func (d *directory) layout() (l layout, err error) {
	l = layout{
		width: int(min(d.value(tagWidth, 0), math.MaxInt32)), height: int(min(d.value(tagHeight, 0), math.MaxInt32)),
		samples: int(d.value(tagSamples, 1)), bits: int(d.value(tagBits, 1)),
		photometric: d.value(tagPhotometric, math.MaxUint32), separate: d.value(tagPlanar, 1) == 2,
		compression: d.value(tagCompression, uncompressed), reversed: d.value(tagFillOrder, 1) == 2,
	}
	if l.width < 1 || l.height < 1 {
		return l, corrupt("%d × %d pixels", l.width, l.height)
	}
	if err := l.checkSamples(d); err != nil {
		return l, err
	}
	if extra := d.value(tagExtraSamples, 0); l.samples > l.colors() && (extra == associated || extra == unassociated) {
		l.alpha = extra
	}
	if set := d.value(tagInkSet, cmyk); l.photometric == separated && (set != cmyk || l.alpha != 0) {
		return l, unsupported("inks of set %d, with alpha %d", set, l.alpha)
	}
	if err := l.checkCompression(d); err != nil {
		return l, err
	}
	return l, l.readPredictor(d)
}

// colors returns how many samples make a colour.
func (l layout) colors() int {
	switch l.photometric {
	case rgb:
		return 3
	case separated:
		return 4
	}
	return 1
}

// maxSamples is more than images have that are meant to be looked at.
const maxSamples = 5

func (l layout) checkSamples(d *directory) error {
	isDepth := l.bits == 8 || l.bits == 16 || l.samples == 1 && (l.bits == 1 || l.bits == 2 || l.bits == 4)
	switch {
	case l.photometric > paletted && l.photometric != separated:
		return unsupported("photometric interpretation %d", l.photometric)
	case l.photometric == paletted && l.bits > 8:
		return unsupported("a palette of %d bits", l.bits)
	case l.samples < l.colors():
		return corrupt("%d samples of a pixel", l.samples)
	case l.samples > maxSamples || !isDepth:
		return unsupported("%d samples of %d bits", l.samples, l.bits)
	}
	for _, same := range []struct {
		tag  uint16
		want uint32
	}{{tagBits, uint32(l.bits)}, {tagSampleFormat, 1}} {
		list := d.list(same.tag)
		for i := range min(list.len(), l.samples) {
			if got := list.at(i); got != same.want {
				return unsupported("sample %d has %d where %d is read, tag %d", i, got, same.want, same.tag)
			}
		}
	}
	return nil
}

func (l *layout) readPredictor(d *directory) error {
	predictor := d.value(tagPredictor, 1)
	if l.compression != lzwCodes && l.compression != deflate && l.compression != oldDeflate {
		return nil // it is only for these
	}
	l.differences = predictor == 2
	if predictor > 2 || l.differences && l.bits < 8 {
		return unsupported("predictor %d of %d bits", predictor, l.bits)
	}
	return nil
}
