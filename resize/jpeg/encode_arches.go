package jpeg

import "encoding/binary"

// Beside white, as that of paper around letters, a coarse quantiser leaves ripples. But a decoder clips its samples, so those
// of white may be whiter than white: a run of white between darker samples is lifted to an arch that goes on from their slope.
// It has fewer high frequencies than an edge, and most of its ripples are clipped.
//
// Black isn't treated likewise, which would cost more than it saves by butteraugli: what is beside black often has colour, of
// which decoders clip red, green and blue each by themselves.

const (
	white   = 255
	maxArch = 31 // levels above white
)

// addArches adds to the spectrum of the samples that of the arches of their white.
func (s *spectrum) addArches(pix []uint8, stride int) {
	if !hasEdgeOfWhite(pix, stride) {
		return
	}
	var block, arches [64]uint8
	for y := range 8 {
		copy(block[8*y:], pix[y*stride:][:8])
	}
	const level = 128 // which fdct takes for 0
	for k := range arches {
		arches[k] = level
	}
	for i := range 8 {
		raise(&block, &arches, 8*i, 1)
		raise(&block, &arches, i, 8)
	}
	var more spectrum
	more.fdct(arches[:], 8)
	s.add(&more)
}

// hasEdgeOfWhite reports whether some samples of a block are white and others aren't.
func hasEdgeOfWhite(pix []uint8, stride int) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	some, all := uint64(0), ^uint64(0)
	for y := range 8 {
		w := word8(pix[y*stride:])
		some |= (^w - ones) & w & tops // a byte of 255 gets its top bit
		all &= w
	}
	return some != 0 && all != ^uint64(0)
}

// raise raises the arches of the runs of white in a row or a column of a block, whose samples are step places apart.
func raise(block, arches *[64]uint8, from, step int) {
	var dark [8]int // how much darker than white each sample is
	for i := range dark {
		dark[i] = white - int(block[from+i*step])
	}
	for begin := 0; begin < 8; begin++ {
		end := begin
		for end < 8 && dark[end] == 0 {
			end++
		}
		if end == begin {
			continue
		}
		left, right := slope(&dark, begin-1, -1), slope(&dark, end, 1)
		if begin == 0 {
			left = right
		}
		if end == 8 {
			right = left
		}
		for i := begin; i < end; i++ {
			a := &arches[from+i*step]
			*a = max(*a, uint8(128+height(left, right, i-begin+1, end-begin)))
		}
		begin = end
	}
}

// slope returns how steep the samples rise to a run of white beside place i; away is the direction away from the run. It is 0
// outside the block.
func slope(dark *[8]int, i, away int) int {
	if i < 0 || i > 7 {
		return 0
	}
	if next := i + away; next >= 0 && next < 8 {
		return max(dark[i], dark[next]-dark[i])
	}
	return dark[i]
}

// height returns the height at place p, from 1 on, of an arch over n samples: that of the cubic curve that begins and ends at 0
// with these slopes.
func height(left, right, p, n int) int {
	m := n + 1
	return min(p*(m-p)*((m-p)*left+p*right)*n/(m*m*m), maxArch)
}

// add adds a spectrum.
func (s *spectrum) add(other *spectrum) {
	for i := 0; i < len(s); i += 8 {
		sum := binary.LittleEndian.Uint64(s[i:]) + binary.LittleEndian.Uint64(other[i:]) - spectrumBias*both
		binary.LittleEndian.PutUint64(s[i:], sum)
	}
}
