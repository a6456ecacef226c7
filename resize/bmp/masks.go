package bmp

import (
	"math/bits"
)

// A mask is the place of a channel in a pixel.
type mask struct {
	bits  uint32
	shift int
	level []uint8 // of each value of at most 8 bits; nil for no channel
}

// newMask returns the mask of so many bits, which must be neighbours. Of more than 8, the upper 8 are taken.
func newMask(m uint32) (mask, error) {
	if m == 0 {
		return mask{}, nil
	}
	low, width := bits.TrailingZeros32(m), bits.OnesCount32(m)
	if uint64(m)>>low != 1<<width-1 {
		return mask{}, unsupported("a mask with gaps, %#x", m)
	}
	if width > 8 {
		low, width = low+width-8, 8
	}
	n := 1<<width - 1
	out := mask{bits: uint32(n) << low, shift: low, level: make([]uint8, n+1)}
	for v := range out.level {
		out.level[v] = uint8((v*255 + n/2) / n)
	}
	return out, nil
}

// of returns the level of the channel in a pixel, 0 if there is no such channel.
func (m *mask) of(pixel uint32) uint8 {
	if m.level == nil {
		return 0
	}
	return m.level[pixel&m.bits>>m.shift]
}

// readMasks sets the masks of an image without palette, and returns where the header ends, with the masks.
func (d *decoder) readMasks() (end int, err error) {
	end = d.bytes
	if d.bits <= 8 {
		return end, nil
	}
	words := [4]uint32{0xff0000, 0xff00, 0xff, 0}
	if d.bits == 16 {
		words = [4]uint32{0x7c00, 0x3e0, 0x1f, 0}
	}
	if d.icon && d.bits == 32 {
		words[3] = 0xff000000
	}
	n := map[int]int{bitFields: 3, alphaBitFields: 4}[d.compression]
	at := v3Bytes
	if d.bytes < maskBytes { // they follow the header
		at, end = d.bytes, d.bytes+4*n
	} else {
		n = min(n, 3) // alpha has a mask in longer headers only, whatever the compression
	}
	if len(d.dib) < end {
		return end, ErrShort
	}
	for i := range n {
		words[i] = little.Uint32(d.dib[at+4*i:])
	}
	if d.bytes == v3AlphaBytes || d.bytes >= v4Bytes {
		words[3] = little.Uint32(d.dib[maskBytes:])
	}
	if d.compression != rle24 {
		d.compression = rgb
	}
	var seen uint32
	for i, word := range words {
		if seen&word != 0 {
			return end, unsupported("masks that overlap")
		}
		seen |= word
		if d.masks[i], err = newMask(word); err != nil {
			return end, err
		}
	}
	return end, nil
}
