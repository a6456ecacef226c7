package drawing

import (
	"encoding/binary"
	"image"
	"maps"
	"slices"
)

// Coarser returns an image with fewer colours between its common ones: areas and lines stay as they are, what is within
// 1<<bits levels of a common colour becomes that colour, and the rest, which are the blends of edges, loses the lowest bits
// of each channel. Filters leave such blends, and ripples beside them, of which a reduced drawing has many.
func Coarser(m *image.NRGBA, bits int) *image.NRGBA {
	common, _ := commonColors(m)
	rounded := make(map[uint32]uint32)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := m.Pix[y*m.Stride:][:4*w], out.Pix[y*out.Stride:][:4*w]
		last, lastTo := uint32(0), uint32(0)
		for ; len(from) > 0; from, to = from[4:], to[4:] {
			if c := binary.LittleEndian.Uint32(from); c != last {
				r, ok := rounded[c]
				if !ok {
					r = roundColor(c, common, bits)
					rounded[c] = r
					if len(rounded) == maxRounded {
						clear(rounded)
					}
				}
				last, lastTo = c, r
			}
			binary.LittleEndian.PutUint32(to, lastTo)
		}
	}
	return out
}

// maxRounded bounds the colours that are remembered, in about 300 kB.
const maxRounded = 1 << 12

// maxCommon bounds the common colours: a drawing has few.
const maxCommon = 64

// commonColors returns the colours of an image, R, G, B and A from the lowest byte on, that many of its pixels have and their
// left neighbours too, and how many pixels those are.
func commonColors(m *image.NRGBA) (common []uint32, pixels int) {
	count := make(map[uint32]int)
	w, h := m.Rect.Dx(), m.Rect.Dy()
	for y := range h {
		row := m.Pix[y*m.Stride:][:4*w]
		for left := ^binary.LittleEndian.Uint32(row); len(row) > 0; row = row[4:] {
			c := binary.LittleEndian.Uint32(row)
			if _, isKnown := count[c]; c == left && (isKnown || len(count) < maxRounded) {
				count[c]++
			}
			left = c
		}
	}
	byCount := slices.SortedFunc(maps.Keys(count), func(a, b uint32) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return int(int64(a) - int64(b))
	})
	n := 0
	for n < min(len(byCount), maxCommon) && 1024*count[byCount[n]] >= w*h {
		pixels += count[byCount[n]]
		n++
	}
	return byCount[:n], pixels
}

// HasAreas reports whether at least a quarter of an image are areas of common colours, as of a drawing.
func HasAreas(m *image.NRGBA) bool {
	_, pixels := commonColors(m)
	return 4*pixels >= m.Rect.Dx()*m.Rect.Dy()
}

// roundColor returns a common colour within 1<<bits levels of c, or c without the lowest bits of its channels; the first and
// the last level of a channel stay. Of pixels that hardly show the colour makes hardly a difference: they get that of a
// common colour, and their own alpha.
func roundColor(c uint32, common []uint32, bits int) uint32 {
	const opaque = 255
	alpha := int(c >> 24)
	nearest, least := c, 1<<bits
	for _, other := range common {
		if d := levelsBetween(c, other, alpha); d < least {
			nearest, least = other, d
		}
	}
	isNear := least < 1<<bits
	switch {
	case alpha < 1<<bits/2:
		return 0
	case isNear && distance(alpha, int(nearest>>24)) < 1<<bits:
		return nearest
	case isNear && alpha < opaque:
		return nearest&0xffffff | uint32(roundLevel(alpha, bits))<<24
	}
	var r uint32
	for shift := 0; shift < 32; shift += 8 {
		r |= uint32(roundLevel(int(c>>shift&255), bits)) << shift
	}
	return r
}

// roundLevel returns a level without its lowest bits.
func roundLevel(v, bits int) int {
	steps := 255 >> bits
	return (v*steps + 127) / 255 * 255 / steps
}

// levelsBetween returns the largest difference of two colours in a channel, as it shows with some alpha.
func levelsBetween(a, b uint32, alpha int) (most int) {
	if b>>24 == 0 && alpha > 0 {
		return 256
	}
	for shift := 0; shift < 24; shift += 8 {
		most = max(most, distance(int(a>>shift&255), int(b>>shift&255)))
	}
	return most * alpha / 255
}

func distance(a, b int) int { return max(a, b) - min(a, b) }
