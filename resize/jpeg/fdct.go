package jpeg

import "encoding/binary"

// A spectrum holds the forward DCT of a block: eight times the coefficients of T.81, A.3.3, in words of 32 bits, column
// by column. Each has spectrumBias added, so that none is negative, see block.
type spectrum [256]byte

const spectrumBias = 1 << 17

// spectrumOffsets maps the zigzag index of a coefficient to its byte offset in a spectrum.
var spectrumOffsets = func() (offsets [64]uint8) {
	for k, place := range zigzag {
		offsets[k] = 32*(place%8) + 4*(place/8)
	}
	return offsets
}()

// addDC adds to the DC coefficient.
func (s *spectrum) addDC(v int32) {
	binary.LittleEndian.PutUint32(s[:], uint32(int32(binary.LittleEndian.Uint32(s[:]))+v))
}

// at returns the coefficient at a byte offset.
func (s *spectrum) at(offset uint8) int32 {
	return int32(binary.LittleEndian.Uint32(s[offset&252:])) - spectrumBias
}

// set sets the coefficient at a byte offset.
func (s *spectrum) set(offset uint8, v int32) {
	binary.LittleEndian.PutUint32(s[offset&252:], uint32(v+spectrumBias))
}

// fdct transforms 8 × 8 samples, by the flow of block.inverse8 backwards. As that does, it works on two lines at
// once: in the first pass on columns x and x+4, in the second on the rows of vertical frequencies v and v+1. The tilt
// that the shift between the passes takes is the same in all of a row, so that of its transform it changes the sum
// alone.
func (s *spectrum) fdct(pix []uint8, stride int) {
	if hasVectors {
		s.fdctVectors(pix, stride)
		return
	}
	s.fdctWords(pix, stride)
}

// fdctWords is fdct in words of 64 bits.
func (s *spectrum) fdctWords(pix []uint8, stride int) {
	var rows [8]uint64
	for y := range rows {
		rows[y] = word8(pix[y*stride:])
	}
	var lines [4][8]uint64
	for x := range lines {
		for y, row := range rows {
			lines[x][y] = row >> (8 * x) & (0xff * both)
		}
	}
	forward8(&lines)

	var turned [4][8]uint64
	for x := range lines {
		w := &lines[x]
		turned[0][x], turned[0][x+4] = regroup(w[0]<<passBits+tilt*both, tilted(w[1]))
		turned[1][x], turned[1][x+4] = regroup(tilted(w[2]), tilted(w[3]))
		turned[2][x], turned[2][x+4] = regroup(w[4]<<passBits+tilt*both, tilted(w[5]))
		turned[3][x], turned[3][x+4] = regroup(tilted(w[6]), tilted(w[7]))
	}
	forward8(&turned)

	const (
		half = 1 << (passBits - 1)
		sum  = spectrumBias<<passBits + half - 8*tilt
	)
	for i := range turned {
		w, out := &turned[i], s[8*i:]
		binary.LittleEndian.PutUint64(out, (w[0]+sum*both&mod64)>>passBits&(both*(1<<(32-passBits)-1)))
		binary.LittleEndian.PutUint64(out[1*32:], biased(w[1]))
		binary.LittleEndian.PutUint64(out[2*32:], biased(w[2]))
		binary.LittleEndian.PutUint64(out[3*32:], biased(w[3]))
		binary.LittleEndian.PutUint64(out[4*32:],
			(w[4]+(spectrumBias<<passBits+half)*both)>>passBits&(both*(1<<(32-passBits)-1)))
		binary.LittleEndian.PutUint64(out[5*32:], biased(w[5]))
		binary.LittleEndian.PutUint64(out[6*32:], biased(w[6]))
		binary.LittleEndian.PutUint64(out[7*32:], biased(w[7]))
	}
	s.addDC(-64 * 128) // the level shift (T.81, A.3.1)
}

// tilted shifts results of the first pass to passBits of fraction, with a tilt.
func tilted(w uint64) uint64 { return (w + tilt1*both) >> shift1 & (both * (1<<(32-shift1) - 1)) }

// biased shifts results of the second pass to the values of a spectrum, with its bias.
func biased(w uint64) uint64 {
	const shift = constBits + passBits
	return (w + (spectrumBias<<shift+1<<(shift-1))*both) >> shift & (both * (1<<(32-shift) - 1))
}

// regroup takes the words of vertical frequencies v and v+1 for columns x and x+4. It returns a word for either column.
func regroup(first, second uint64) (left, right uint64) {
	const lower = 1<<32 - 1
	return first&lower | second<<32, first>>32 | second&^lower
}

// forward8 transforms lines in place. Its results have constBits more bits of fraction than its arguments, except for 0
// and 4, which have the same.
func forward8(lines *[4][8]uint64) {
	for i := range lines {
		w := &lines[i]
		t0, t7, t1, t6 := w[0]+w[7], w[0]-w[7], w[1]+w[6], w[1]-w[6]
		t2, t5, t3, t4 := w[2]+w[5], w[2]-w[5], w[3]+w[4], w[3]-w[4]
		t10, t13, t11, t12 := t0+t3, t0-t3, t1+t2, t1-t2
		w[0], w[4] = t10+t11, t10-t11
		z := (t12 + t13) * fix0541196100
		w[2], w[6] = z+t13*fix0765366865, z-t12*fix1847759065

		z1, z2, z3, z4 := (t4+t7)*fix0899976223, (t5+t6)*fix2562915447, t4+t6, t5+t7
		z5 := (z3 + z4) * fix1175875602
		z3, z4 = z5-z3*fix1961570560, z5-z4*fix0390180644
		w[7] = t4*fix0298631336 - z1 + z3
		w[5] = t5*fix2053119869 - z2 + z4
		w[3] = t6*fix3072711026 - z2 + z3
		w[1] = t7*fix1501321110 - z1 + z4
	}
}

// word8 returns the next eight samples, the first in the lowest byte.
func word8(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }
