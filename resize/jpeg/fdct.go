package jpeg

import "encoding/binary"

// A spectrum holds what the forward transform makes of a block: eight times the coefficients of T.81, in words of 32
// bits, each spectrumBias more than it says. They stand column by column: those of the lowest horizontal frequency
// first.
type spectrum [256]byte

const spectrumBias = 1 << 17

// columns is zigzag in the bytes of a spectrum.
var columns = func() (p [64]uint8) {
	for k, at := range zigzag {
		p[k] = 32*(at%8) + 4*(at/8)
	}
	return p
}()

// addMean adds to the coefficient of all samples alike.
func (s *spectrum) addMean(v int32) {
	binary.LittleEndian.PutUint32(s[:], uint32(int32(binary.LittleEndian.Uint32(s[:]))+v))
}

// at returns what is at some byte.
func (s *spectrum) at(place uint8) int32 {
	return int32(binary.LittleEndian.Uint32(s[place&252:])) - spectrumBias
}

// fdct transforms 8 × 8 samples, by the flow of [block.inverse8] backwards. Like that it works on two lines at once:
// on columns x and x+4, then on rows v and v+1. The tilts that it takes to shift the halves are in all of a line
// alike, so that they are seen in the sum of it only.
func (s *spectrum) fdct(pix []uint8, stride int) {
	if hasVectors {
		s.fdctVectors(pix, stride)
		return
	}
	s.fdctWords(pix, stride)
}

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
		turned[0][x], turned[0][x+4] = pair(w[0]<<passBits+tilt*both, lowered(w[1]))
		turned[1][x], turned[1][x+4] = pair(lowered(w[2]), lowered(w[3]))
		turned[2][x], turned[2][x+4] = pair(w[4]<<passBits+tilt*both, lowered(w[5]))
		turned[3][x], turned[3][x+4] = pair(lowered(w[6]), lowered(w[7]))
	}
	forward8(&turned)

	const (
		half = 1 << (passBits - 1)
		mean = spectrumBias<<passBits + half - 8*tilt
	)
	for i := range turned {
		w, out := &turned[i], s[8*i:]
		binary.LittleEndian.PutUint64(out, (w[0]+mean*both&all)>>passBits&(both*(1<<(32-passBits)-1)))
		binary.LittleEndian.PutUint64(out[1*32:], result(w[1]))
		binary.LittleEndian.PutUint64(out[2*32:], result(w[2]))
		binary.LittleEndian.PutUint64(out[3*32:], result(w[3]))
		binary.LittleEndian.PutUint64(out[4*32:], (w[4]+(spectrumBias<<passBits+half)*both)>>passBits&(both*(1<<(32-passBits)-1)))
		binary.LittleEndian.PutUint64(out[5*32:], result(w[5]))
		binary.LittleEndian.PutUint64(out[6*32:], result(w[6]))
		binary.LittleEndian.PutUint64(out[7*32:], result(w[7]))
	}
	s.addMean(-64 * 128) // what is taken from all samples
}

// lowered brings a result of the first pass to the second's scale, and tilts it.
func lowered(w uint64) uint64 { return (w + tilt1*both) >> shift1 & (both * (1<<(32-shift1) - 1)) }

// result brings a result of the second pass to a spectrum's scale, with its bias.
func result(w uint64) uint64 {
	const shift = constBits + passBits
	return (w + (spectrumBias<<shift+1<<(shift-1))*both) >> shift & (both * (1<<(32-shift) - 1))
}

// pair turns the words of rows v and v+1, in columns x and x+4, into a word for each column.
func pair(first, second uint64) (left, right uint64) {
	const lower = 1<<32 - 1
	return first&lower | second<<32, first>>32 | second&^lower
}

// forward8 transforms lines, each in its place. Coefficients 0 and 4 are whole; the others have constBits of fraction.
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

func word8(b []uint8) uint64 { return binary.LittleEndian.Uint64(b) }
