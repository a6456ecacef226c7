package probe

import (
	"encoding/binary"
	"math"
)

// leastAVIFQuality stands for lower ones too: their artefacts look better than those of other formats, which would be added to them.
const leastAVIFQuality = 40

// AVIFQuality returns the quality, 40…100, at which libvips has libaom quantise as coarsely as the primary image of an AVIF is. It is 0
// where the image is without loss, or made of several, and for all other files.
func AVIFQuality(src []byte) int {
	index := avifQuantiser(src)
	if index == 0 {
		return 0
	}
	const finest, step = 63, 4 // libaom has 64 quantisers, whose indexes are 4 apart, except for the last
	return max(leastAVIFQuality, int(math.Round(100-100*float64(index)/(step*finest))))
}

// avifQuantiser returns the quantiser index, base_q_idx, of the first frame of the primary image, 0 where it is not known.
func avifQuantiser(src []byte) int {
	meta, err := heifMetaBox(src)
	if err != nil {
		return 0
	}
	item, err := heifPrimary(meta.boxes["pitm"])
	if err != nil {
		return 0
	}
	var sequence av1Sequence
	for data := itemData(src, meta.boxes["iloc"], item); len(data) > 0; {
		kind, payload, rest, ok := nextOBU(data)
		if !ok {
			return 0
		}
		const sequenceHeader, frameHeader, frame = 1, 3, 6
		switch kind {
		case sequenceHeader:
			sequence = readAV1Sequence(&bitReader{data: payload})
		case frameHeader, frame:
			return sequence.quantiser(&bitReader{data: payload})
		}
		data = rest
	}
	return 0
}

// itemData returns the data of an item by its location, an iloc box (ISO/IEC 14496-12, 8.11.3): those of its first extent.
func itemData(src, iloc []byte, item uint32) []byte {
	if len(iloc) < 8 || iloc[0] > 2 {
		return nil
	}
	r := &bitReader{data: iloc[4:]}
	idBits, version := 16, iloc[0]
	if version == 2 {
		idBits = 32
	}
	offsetBits, lengthBits, baseBits, indexBits := 8*r.number(4), 8*r.number(4), 8*r.number(4), 8*r.number(4)
	if version == 0 {
		indexBits = 0
	}
	for n := r.number(idBits); n > 0 && !r.ended; n-- {
		id, method := r.number(idBits), 0
		if version > 0 {
			method = r.number(16) & 15
		}
		r.skip(16) // the file
		base, extents := r.number(baseBits), r.number(16)
		if id != int(item) || method != 0 || extents == 0 {
			r.skip(extents * (indexBits + offsetBits + lengthBits))
			continue
		}
		r.skip(indexBits)
		from, length := base+r.number(offsetBits), r.number(lengthBits)
		if r.ended || from < 0 || from > len(src) || length < 0 {
			return nil
		}
		if length == 0 || length > len(src)-from { // 0 is all of the file
			length = len(src) - from
		}
		return src[from:][:length]
	}
	return nil
}

// nextOBU returns the kind and the data of the first unit of a stream of AV1, and what follows it (AV1 Bitstream Specification, 5.3).
func nextOBU(b []byte) (kind int, data, rest []byte, ok bool) {
	kind = int(b[0] >> 3 & 15)
	hasExtension, hasSize := b[0]&4 != 0, b[0]&2 != 0
	b = b[1:]
	if hasExtension {
		b = b[min(1, len(b)):]
	}
	if !hasSize {
		return kind, b, nil, true
	}
	size, n := binary.Uvarint(b) // leb128
	if n <= 0 || size > uint64(len(b)-n) {
		return 0, nil, nil, false
	}
	return kind, b[n:][:size], b[n+int(size):], true
}
