package jpeg

// A code is a Huffman code (T.81, annex C), with a table for the symbols whose code is short.
type code struct {
	// short holds for the next shortBits bits a symbol and, below it, the bits of its code; 0 if that is longer.
	short [1 << shortBits]uint16

	symbols [256]uint8
	most    [18]int32 // the codes of each length end below it, left-aligned to 16 bits; and a sentinel
	delta   [17]int32 // index of a length's first symbol, less its first code
}

// shortBits is how many bits the table of short codes looks at.
const shortBits = 9

// newCode unfolds a code: how many there are of 1 to 16 bits, and their symbols in order.
func newCode(counts, symbols []byte) (*code, error) {
	h := new(code)
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
	for at := range t.values {
		t.values[at] = t.valueOf(uint64(at) << (64 - lookBits))
	}
	return t
}

func (t *acCode) needSkips() {
	if t.skips != nil {
		return
	}
	t.skips = new([1 << skipBits]uint16)
	for at := range t.skips {
		t.skips[at] = t.skipOf(uint64(at) << (64 - skipBits))
	}
}

func (t *acCode) valueOf(acc uint64) uint32 {
	symbol, n := t.look(acc)
	run, size := uint32(symbol>>4), uint(symbol&15)
	switch {
	case n == 0 || n+size > lookBits:
		return 0
	case symbol == endOfBlock:
		return valueEnd<<8 | uint32(n)
	case size == 0 && symbol != zeroRun: // it is not a value
		return 0
	}
	v := extend(acc<<n, size)
	return uint32(v)<<16 | run<<8 | uint32(n+size)
}

func (t *acCode) skipOf(acc uint64) uint16 {
	bits, passed := uint(0), 0
	for {
		symbol, n := t.look(acc << bits)
		passes, size := int(symbol>>4)+1, uint(symbol&15)
		if n == 0 || bits+n+size > skipBits || passed+passes > 63 {
			break
		}
		if symbol == endOfBlock {
			return uint16(passed+skipEnd)<<8 | uint16(bits+n)
		}
		if size == 0 && symbol != zeroRun {
			break
		}
		bits += n + size
		passed += passes
	}
	if bits == 0 {
		return skipNone << 8
	}
	return uint16(passed)<<8 | uint16(bits)
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
