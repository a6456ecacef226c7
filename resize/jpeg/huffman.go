package jpeg

// lookBits is how many bits the tables look at. Codes that are longer take the slow way.
const lookBits = 12

// codeBits is how many bits the table of bare symbols looks at.
const codeBits = 9

// A huffman is a Huffman table, unfolded for the ways that it is used.
type huffman struct {
	// values holds for the next bits a symbol and, if all its bits are among them, the value that it codes:
	// 16 bits of value, 8 of run (DC: of nothing), and 8 of the bits that both take; or 0 if the code is longer.
	// Where the value's bits are not all there, hasValue is not set, and run is the symbol.
	values [1 << lookBits]uint32

	// skips holds how far whole symbols go: see [skip]. Of AC tables only.
	skips [1 << lookBits]skip

	// codes holds for the next bits a symbol and the bits of its code, or 0 if that is longer.
	codes [1 << codeBits]uint16

	symbols [256]uint8
	maxCode [18]int32 // largest code of each length, left-aligned to 16 bits, plus one; and a sentinel
	delta   [17]int32 // index of a length's first symbol, minus its first code
	defined bool
}

const (
	valueBits = 0xff
	hasValue  = 1 << 7
)

// A skip is what several symbols come to: the bits that they take, the coefficients that they pass, and whether
// the last of them ends the block.
type skip struct {
	bits, coefficients uint8
	end                bool
}

// build unfolds a table: counts of codes of 1 to 16 bits, and their symbols in order (T.81, annex C).
func (h *huffman) build(counts []byte, symbols []byte, ac bool) error {
	*h = huffman{defined: true}
	copy(h.symbols[:], symbols)
	code, index := int32(0), int32(0)
	for n := 1; n <= 16; n++ {
		h.delta[n] = index - code
		for range counts[n-1] {
			if code >= 1<<n {
				return corrupt("a Huffman table with too many codes of %d bits", n)
			}
			if n <= lookBits {
				h.enter(uint32(code)<<(lookBits-n), n, h.symbols[index], ac)
			}
			code++
			index++
		}
		h.maxCode[n] = code << (16 - n)
		code <<= 1
	}
	h.maxCode[17] = 1 << 30
	if ac {
		for at := range h.skips {
			h.skips[at] = h.skipOf(uint32(at))
		}
	}
	return nil
}

// enter writes all entries that begin with a code of n bits.
func (h *huffman) enter(first uint32, n int, symbol uint8, ac bool) {
	run, size := uint32(0), int(symbol)
	if ac {
		run, size = uint32(symbol>>4), size&15
	}
	bare := uint32(symbol)<<8 | uint32(n)
	for i := range uint32(1) << (lookBits - n) {
		at := first | i
		if n <= codeBits {
			h.codes[at>>(lookBits-codeBits)] = uint16(bare)
		}
		h.values[at] = bare
		switch {
		case n+size > lookBits: // bits of the value are missing
		case ac && size == 0: // no value but an end or a long run
		default:
			v := int32(0)
			if size > 0 {
				v = extend(int32(at>>(lookBits-n-size))&(1<<size-1), uint(size))
			}
			h.values[at] = uint32(uint16(v))<<16 | run<<8 | hasValue | uint32(n+size)
		}
	}
}

// skipOf strings together the symbols that are whole within some bits.
func (h *huffman) skipOf(look uint32) (s skip) {
	for {
		e := h.values[look<<s.bits&(1<<lookBits-1)]
		n, passes := uint8(e&^hasValue), uint8(e>>8)+1
		switch {
		case e == 0 || s.bits+n > lookBits:
			return s
		case e&hasValue != 0:
		case passes == endOfBlock+1:
			s.bits += n
			s.end = true
			return s
		case passes == zeroRun+1:
			passes = 16
		default:
			return s
		}
		if s.coefficients+passes > 63 {
			return s
		}
		s.bits += n
		s.coefficients += passes
	}
}

// Symbols of AC coefficients without a value.
const (
	endOfBlock = 0x00
	zeroRun    = 0xf0 // sixteen zeros
)

// slow decodes a symbol whose code may be longer than the tables look; ok is false for a code that there isn't.
func (h *huffman) slow(b *bitReader) (symbol uint8, ok bool) {
	top := int32(b.acc >> 48)
	n := uint(1)
	for top >= h.maxCode[n] {
		n++
	}
	if n > 16 {
		return 0, false
	}
	symbol = h.symbols[uint8(top>>(16-n)+h.delta[n])]
	b.skip(n)
	return symbol, true
}

// symbol decodes the next symbol, of at most 16 bits, which must have been filled.
func (h *huffman) symbol(b *bitReader) (symbol uint8, ok bool) {
	if e := h.codes[b.acc>>(64-codeBits)]; e != 0 {
		b.skip(uint(e & 0xff))
		return uint8(e >> 8), true
	}
	return h.slow(b)
}

// zigzag is the place in a block, row by row, of each coefficient in the order of the file.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// lastWanted returns the index, in the order of the file, behind which a scale needs no coefficient.
func lastWanted(scale int) int {
	last := 0
	for i, at := range zigzag {
		if int(at)%8 < scale && int(at)/8 < scale {
			last = i
		}
	}
	return last
}
