package jpeg

// A code is a Huffman code (T.81, annex C), with a table for the symbols whose code is short.
type code struct {
	// short holds for the next shortBits bits a symbol and, below it, the bits of its code; 0 if that is longer.
	short [1 << shortBits]uint16

	symbols [256]uint8
	codes   []symbolCode // all codes, the shorter ones first
	most    [18]int32    // the codes of each length end below it, left-aligned to 16 bits; and a sentinel
	delta   [17]int32    // index of a length's first symbol, less its first code
}

// A symbolCode is the code of a symbol: n bits, at the bottom of bits.
type symbolCode struct {
	bits      uint16
	n, symbol uint8
}

// shortBits is how many bits the table of short codes looks at.
const shortBits = 9

// newCode unfolds a code: how many there are of 1 to 16 bits, and their symbols in order.
func newCode(counts, symbols []byte) (*code, error) {
	h := &code{codes: make([]symbolCode, 0, len(symbols))}
	copy(h.symbols[:], symbols)
	next, index := int32(0), int32(0)
	for n := 1; n <= 16; n++ {
		h.delta[n] = index - next
		for range counts[n-1] {
			if next >= 1<<n {
				return nil, corrupt("a Huffman table with too many codes of %d bits", n)
			}
			if n <= shortBits {
				first := next << (shortBits - n)
				for i := range int32(1) << (shortBits - n) {
					h.short[first+i] = uint16(symbols[index])<<8 | uint16(n)
				}
			}
			h.codes = append(h.codes, symbolCode{uint16(next), uint8(n), symbols[index]})
			next++
			index++
		}
		h.most[n] = next << (16 - n)
		next <<= 1
	}
	h.most[17] = 1 << 30
	return h, nil
}

// look returns the symbol that some bits begin with and the bits of its code; 0 bits if there is no such code.
func (h *code) look(acc uint64) (symbol uint8, n uint) {
	if e := h.short[acc>>(64-shortBits)]; e != 0 {
		return uint8(e >> 8), uint(e & 0xff)
	}
	return h.long(acc)
}

func (h *code) long(acc uint64) (symbol uint8, n uint) {
	top := int32(acc >> 48)
	n = 1
	for top >= h.most[n] {
		n++
	}
	if n > 16 {
		return 0, 0
	}
	return h.symbols[uint8(top>>(16-n)+h.delta[n])], n
}

// Symbols of AC coefficients without a value; of a progressive scan, others without one are runs of ended blocks.
const (
	endOfBlock = 0x00
	zeroRun    = 0xf0 // sixteen zeros
)

// An acCode is the code of AC coefficients, unfolded for the ways that it is used.
type acCode struct {
	*code

	// values holds for the next lookBits bits a symbol and its value, if all of their bits are among them: 16 bits
	// of value, 8 of run, and 8 of the bits that both take; else 0. The end of a block is a run of valueEnd, and
	// sixteen zeros are fifteen and one more.
	values [1 << lookBits]uint32

	// skips holds for the next skipBits bits what the whole symbols in them come to: 8 bits of the coefficients
	// that they pass, and 8 of the bits that they take. The end of a block ends them, and passes skipEnd more.
	// Where there is not even one, skipNone are passed.
	// They are made when they are needed.
	skips *[1 << skipBits]uint16
}

const (
	lookBits = 12
	skipBits = 13

	valueEnd = 128 // more than any run comes to, so that one beyond its block is not taken for an end

	skipEnd  = 64
	skipNone = 2 * skipEnd
)

func newACCode(h *code) *acCode {
	t := &acCode{code: h}
	for _, w := range h.codes {
		if w.n > lookBits {
			break
		}
		left := lookBits - w.n // bits behind the code
		part := t.values[int(w.bits)<<left:][:1<<left]
		run, size := uint32(w.symbol>>4), w.symbol&15
		switch {
		case w.symbol == endOfBlock:
			fill(part, valueEnd<<8|uint32(w.n))
		case size > left, size == 0 && w.symbol != zeroRun: // longer, or not a value
		default:
			each := 1 << (left - size)
			for value := range 1 << size {
				v := extend(uint64(value)<<(64-size), uint(size))
				fill(part[value*each:][:each], uint32(v)<<16|run<<8|uint32(w.n+size))
			}
		}
	}
	return t
}

func (t *acCode) needSkips() {
	if t.skips == nil {
		t.skips = new([1 << skipBits]uint16)
		t.fillSkips(t.skips[:], skipBits, 0)
	}
}

// fillSkips fills the part of skips that begins with some whole symbols, which leave some bits for others and pass
// some coefficients.
func (t *acCode) fillSkips(part []uint16, left uint8, passed int) {
	here := uint16(passed)<<8 | uint16(skipBits-left)
	if left == skipBits {
		here = skipNone << 8
	}
	fill(part, here)
	for _, w := range t.codes {
		if w.n > left {
			break
		}
		behind := part[int(w.bits)<<(left-w.n):][:1<<(left-w.n)]
		passes, size := int(w.symbol>>4)+1, w.symbol&15
		switch {
		case passed+passes > 63: // they are of the next block
		case w.symbol == endOfBlock:
			fill(behind, uint16(passed+skipEnd)<<8|uint16(skipBits-left+w.n))
		case w.n+size > left, size == 0 && w.symbol != zeroRun:
		default:
			each := 1 << (left - w.n - size)
			t.fillSkips(behind[:each], left-w.n-size, passed+passes)
			for filled := each; filled < len(behind); filled *= 2 { // whatever the value is
				copy(behind[filled:], behind[:filled])
			}
		}
	}
}

func fill[T any](part []T, v T) {
	for i := range part {
		part[i] = v
	}
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
