package probe

import (
	"math"
	"slices"
)

// WebPQuality returns the quality of libwebp, 1…100, at which a lossy WebP was compressed. It is 0 for all other files.
func WebPQuality(src []byte) int {
	for name, data := range WebPChunks(src) {
		if name == "VP8 " {
			return vp8Quality(data)
		}
	}
	return 0
}

// vp8Quality returns the quality at which libwebp quantises as coarsely as a key frame of VP8 does, 0 if it does not have
// that much of its header (RFC 6386, 9.2 to 9.6).
func vp8Quality(frame []byte) int {
	const uncompressed = 10
	if len(frame) <= uncompressed+2 {
		return 0
	}
	d := newBoolDecoder(frame[uncompressed:])
	d.bits(2) // colour space, clamping
	segments := d.segments()
	d.bits(1 + 6 + 3) // kind, level and sharpness of the loop filter
	if hasChanges := d.flag(); hasChanges {
		if isUpdate := d.flag(); isUpdate {
			for range 4 + 4 { // changes of the level
				d.optional(6)
			}
		}
	}
	d.bits(2) // partitions
	index := float64(d.bits(7))
	if segments != nil {
		index = segments.typical(int(index))
	}
	if d.isPast() {
		return 0
	}
	return webpQuality(index)
}

// webpQuality inverts what libwebp makes of a quality (QualityToCompression in quant_enc.c).
func webpQuality(index float64) int {
	c := math.Pow(1-index/127, 3)
	quality := 150 * c
	if c >= 0.5 {
		quality = 50 * (c + 1)
	}
	return min(max(int(math.Round(quality)), 1), 100)
}

// quantisers are the quantiser indexes of the segments of a frame, or changes of the frame's own.
type quantisers struct {
	isAbsolute bool
	values     [4]int
}

// typical returns the index that libwebp took for segments of a frame with some index: about the mean of the three finest.
// It quantises busy segments more coarsely than it was asked to, and calm segments more finely.
func (q *quantisers) typical(index int) float64 {
	indexes := q.values
	for i := range indexes {
		if !q.isAbsolute {
			indexes[i] += index
		}
		indexes[i] = min(max(indexes[i], 0), 127)
	}
	slices.Sort(indexes[:])
	return float64(indexes[0]+indexes[1]+indexes[2]) / 3
}

// A boolDecoder decodes bits of equal probability, of which all is made that is read here (RFC 6386, 7).
type boolDecoder struct {
	src   []byte
	at    int
	value uint32 // of two bytes
	width uint32 // of the range, 128…255
	count int    // of bits that were shifted out of the lower byte
}

func newBoolDecoder(src []byte) *boolDecoder {
	return &boolDecoder{src: src, at: 2, value: uint32(src[0])<<8 | uint32(src[1]), width: 255}
}

// isPast reports whether more was decoded than there is.
func (d *boolDecoder) isPast() bool { return d.at > len(d.src)+1 }

func (d *boolDecoder) flag() bool {
	const even = 128
	split := 1 + (d.width-1)*even>>8
	isSet := d.value >= split<<8
	if isSet {
		d.width -= split
		d.value -= split << 8
	} else {
		d.width = split
	}
	for d.width < 128 {
		d.value <<= 1
		d.width <<= 1
		if d.count++; d.count == 8 {
			d.count = 0
			if d.at < len(d.src) {
				d.value |= uint32(d.src[d.at])
			}
			d.at++
		}
	}
	return isSet
}

func (d *boolDecoder) bits(n int) (v int) {
	for range n {
		v <<= 1
		if d.flag() {
			v |= 1
		}
	}
	return v
}

// optional reads a flag, and if it is set a number of n bits and its sign.
func (d *boolDecoder) optional(n int) int {
	if !d.flag() {
		return 0
	}
	v := d.bits(n)
	if d.flag() {
		return -v
	}
	return v
}

// segments reads what is said of segments, and returns their quantisers, nil if they have none of their own.
func (d *boolDecoder) segments() (q *quantisers) {
	if !d.flag() {
		return nil
	}
	hasMap, hasValues := d.flag(), d.flag()
	if hasValues {
		q = &quantisers{isAbsolute: d.flag()}
		for i := range q.values {
			q.values[i] = d.optional(7)
		}
		for range 4 { // levels of the loop filter
			d.optional(6)
		}
	}
	if hasMap {
		for range 3 { // probabilities
			if d.flag() {
				d.bits(8)
			}
		}
	}
	return q
}
