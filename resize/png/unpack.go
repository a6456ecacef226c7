package png

import (
	"bytes"
	"encoding/binary"
)

// pixelBytes returns the distance of bytes that are filtered together.
func (l layout) pixelBytes() int { return max(l.channels*l.depth/8, 1) }

// unpack takes the samples of each plane from a row.
func (d *decoder) unpack(planes [][]uint8, row []byte) {
	switch {
	case d.color == paletted:
		numbers := planes[len(planes)-1] // which are replaced last
		d.unpackBits(numbers, row)
		for c, plane := range planes {
			table := &d.colors[c]
			for x, v := range numbers {
				plane[x] = table[v]
			}
		}
		return
	case d.depth < 8:
		d.unpackBits(planes[0], row)
		for x, v := range planes[0] {
			planes[0][x] = v * d.greyStep()
		}
	case d.depth == 8 && d.color == rgb:
		unpack3(planes[0], planes[1], planes[2], row)
	case d.depth == 8 && d.color == rgba:
		unpack4(planes[0], planes[1], planes[2], planes[3], row)
	default:
		d.unpackChannels(planes, row)
	}
	if d.channels < 3 && len(planes) == 4 {
		copy(planes[1], planes[0])
		copy(planes[2], planes[0])
	}
	if d.key != nil {
		d.setAlpha(planes[3], planes[0], row)
	}
}

// unpackBits takes samples of 8 bits or less, the first from the highest bits of a byte.
func (d *decoder) unpackBits(to []uint8, row []byte) {
	if d.depth == 8 {
		copy(to, row)
		return
	}
	mask := uint8(1<<d.depth - 1)
	for _, b := range row {
		for shift := 8 - d.depth; shift >= 0 && len(to) > 0; shift -= d.depth {
			to[0] = b >> shift & mask
			to = to[1:]
		}
	}
}

// unpack3 takes eight pixels at a time, which are three words.
func unpack3(r, g, b []uint8, row []byte) {
	g, b = g[:len(r)], b[:len(r)]
	x := 0
	for ; x+8 <= len(r); x += 8 {
		p := row[3*x : 3*x+24 : 3*x+24]
		v0, v1, v2 := word(p, 0), word(p, 8), word(p, 16)
		binary.LittleEndian.PutUint64(r[x:], thirds(v0, v0>>48|v1<<16)|thirds(v1>>32|v2<<32, v2>>16)<<32)
		binary.LittleEndian.PutUint64(g[x:], thirds(v0>>8, v0>>56|v1<<8)|thirds(v1>>40|v2<<24, v2>>24)<<32)
		binary.LittleEndian.PutUint64(b[x:], thirds(v0>>16, v1)|thirds(v1>>48|v2<<16, v2>>32)<<32)
	}
	for ; x < len(r); x++ {
		p := row[3*x : 3*x+3 : 3*x+3]
		r[x], g[x], b[x] = p[0], p[1], p[2]
	}
}

// thirds returns the bytes 0 and 3 of two words.
func thirds(v, next uint64) uint64 {
	return v&0xff | v>>16&0xff00 | next<<16&0xff_0000 | next&0xff00_0000
}

// unpack4 takes eight pixels at a time, which are four words.
func unpack4(r, g, b, a []uint8, row []byte) {
	g, b, a = g[:len(r)], b[:len(r)], a[:len(r)]
	x := 0
	for ; x+8 <= len(r); x += 8 {
		p := row[4*x : 4*x+32 : 4*x+32]
		v0, v1, v2, v3 := word(p, 0), word(p, 8), word(p, 16), word(p, 24)
		binary.LittleEndian.PutUint64(r[x:], fourths(v0, v1)|fourths(v2, v3)<<32)
		binary.LittleEndian.PutUint64(g[x:], fourths(v0>>8, v1>>8)|fourths(v2>>8, v3>>8)<<32)
		binary.LittleEndian.PutUint64(b[x:], fourths(v0>>16, v1>>16)|fourths(v2>>16, v3>>16)<<32)
		binary.LittleEndian.PutUint64(a[x:], fourths(v0>>24, v1>>24)|fourths(v2>>24, v3>>24)<<32)
	}
	for ; x < len(r); x++ {
		p := row[4*x : 4*x+4 : 4*x+4]
		r[x], g[x], b[x], a[x] = p[0], p[1], p[2], p[3]
	}
}

// fourths returns the bytes 0 and 4 of two words.
func fourths(v, next uint64) uint64 {
	return v&0xff | v>>24&0xff00 | next<<16&0xff_0000 | next>>8&0xff00_0000
}

// unpackChannels takes the upper 8 bits of samples of 8 or 16 bits. The last channel is the last plane.
func (d *decoder) unpackChannels(planes [][]uint8, row []byte) {
	for c := range d.channels {
		plane := planes[c]
		if d.color == greyAlpha && c == 1 {
			plane = planes[3]
		}
		for x, at := 0, c*d.depth/8; x < len(plane); x, at = x+1, at+d.channels*d.depth/8 {
			plane[x] = row[at]
		}
	}
}

// setAlpha makes the pixels transparent that are stored as the key.
func (d *decoder) setAlpha(alpha, grey []uint8, row []byte) {
	n := len(d.key)
	for x := range alpha {
		stored := grey[x : x+1]
		if d.depth >= 8 {
			stored = row[x*n : x*n+n]
		}
		alpha[x] = 255
		if bytes.Equal(stored, d.key) {
			alpha[x] = 0
		}
	}
}
