package jpeg

// A huffman is a Huffman table (T.81, annex C), prepared for decoding.
type huffman struct {
	// short maps the next shortBits bits to the symbol that they begin with, and below it, in 8 bits, the length of its
	// code. It is 0 where no code of up to shortBits bits fits.
	short [1 << shortBits]uint16

	// For the codes that are longer: each code of n bits, left-aligned to 16, is below limit[n], and all longer ones
	// are not, as MAXCODE of T.81, F.2.2.3; limit[17] is above everything. The symbol of a code of n bits is
	// symbols[code+offset[n]], as VALPTR and MINCODE have it there.
	symbols [256]uint8
	limit   [18]int32
	offset  [17]int32

	codes []symbolCode // by length
}

// A symbolCode is the code of a symbol: the lowest n bits of bits.
type symbolCode struct {
	bits      uint16
	n, symbol uint8
}

// shortBits is the number of bits that huffman.short is indexed by.
const shortBits = 9

// newHuffman returns the table that counts and symbols define, as a DHT segment does: there are counts[n-1] codes of n
// bits, for n from 1 to 16, for the symbols in order.
func newHuffman(counts, symbols []byte) (*huffman, error) {
	t := &huffman{codes: make([]symbolCode, 0, len(symbols))}
	copy(t.symbols[:], symbols)
	code, index := int32(0), int32(0)
	for n := 1; n <= 16; n++ {
		t.offset[n] = index - code
		for range counts[n-1] {
			if code >= 1<<n {
				return nil, corrupt("a Huffman table with too many codes of %d bits", n)
			}
			if n <= shortBits {
				first := code << (shortBits - n)
				for i := range int32(1) << (shortBits - n) {
					t.short[first+i] = uint16(symbols[index])<<8 | uint16(n)
				}
			}
			t.codes = append(t.codes, symbolCode{uint16(code), uint8(n), symbols[index]})
			code++
			index++
		}
		t.limit[n] = code << (16 - n)
		code <<= 1
	}
	t.limit[17] = 1 << 30
	return t, nil
}

// lookup returns the symbol whose code acc begins with and the number of bits of that code, which is 0 if there is no
// such code.
func (t *huffman) lookup(acc uint64) (symbol uint8, n uint) {
	if e := t.short[acc>>(64-shortBits)]; e != 0 {
		return uint8(e >> 8), uint(e & 0xff)
	}
	return t.lookupLong(acc)
}

// lookupLong is lookup without short.
func (t *huffman) lookupLong(acc uint64) (symbol uint8, n uint) {
	top := int32(acc >> 48)
	n = 1
	for top >= t.limit[n] {
		n++
	}
	if n > 16 {
		return 0, 0
	}
	return t.symbols[uint8(top>>(16-n)+t.offset[n])], n
}

// Symbols of AC coefficients have a run of zeros in their upper four bits, and below it the number of bits of the
// value behind the symbol (T.81, F.1.2.2.1). These two have no value. In progressive scans, other symbols without a
// value are EOBn, with n in place of the run (G.1.2.2), of which symbolEOB is EOB0.
const (
	symbolEOB = 0x00 // end of block: all further coefficients are 0
	symbolZRL = 0xf0 // sixteen zeros
)

// An acHuffman is a Huffman table of AC coefficients, with two more look-up tables.
type acHuffman struct {
	*huffman

	// values maps the next valueBits bits to the symbol and value that they begin with: in 16 bits the value, then in 8
	// the run before it, and in 8 the bits that both take. It is 0 where they take more than valueBits, and for EOBn
	// other than EOB0. EOB is a run of valueEOB without value, and ZRL a run of 15 with the value 0.
	values [1 << valueBits]uint32

	// skips maps the next skipBits bits to the number of coefficients that all whole symbols in them, with their
	// values, stand for, and below it, in 8 bits, the number of bits that they take. EOB adds skipEOB to that number
	// and is the last symbol. The number is skipNone where there is not one whole symbol. The table is nil until
	// needSkips makes it.
	skips *[1 << skipBits]uint16
}

const (
	valueBits = 12
	skipBits  = 13

	// valueEOB makes the index of a coefficient higher than any sum of an index up to 63 and a run up to 15 is.
	valueEOB = 128

	skipEOB  = 64 // more than the coefficients of a block
	skipNone = 2 * skipEOB
)

func newACHuffman(h *huffman) *acHuffman {
	t := &acHuffman{huffman: h}
	for _, c := range h.codes {
		if c.n > valueBits {
			break
		}
		left := valueBits - c.n // bits behind the code
		entries := t.values[int(c.bits)<<left:][:1<<left]
		run, size := uint32(c.symbol>>4), c.symbol&15
		switch {
		case c.symbol == symbolEOB:
			fill(entries, valueEOB<<8|uint32(c.n))
		case size > left, size == 0 && c.symbol != symbolZRL: // too long, or EOBn
		default:
			each := 1 << (left - size) // entries of a value
			for bits := range 1 << size {
				v := extend(uint64(bits)<<(64-size), uint(size))
				fill(entries[bits*each:][:each], uint32(v)<<16|run<<8|uint32(c.n+size))
			}
		}
	}
	return t
}

// needSkips makes skips, if it was not made yet.
func (t *acHuffman) needSkips() {
	if t.skips == nil {
		t.skips = new([1 << skipBits]uint16)
		t.fillSkips(t.skips[:], skipBits, 0)
	}
}

// fillSkips fills those entries of skips whose index begins with some whole symbols, which stand for skipped
// coefficients and leave the lowest left bits of the index for others.
func (t *acHuffman) fillSkips(entries []uint16, left uint8, skipped int) {
	entry := uint16(skipped)<<8 | uint16(skipBits-left)
	if left == skipBits {
		entry = skipNone << 8
	}
	fill(entries, entry) // where no other whole symbol follows
	for _, c := range t.codes {
		if c.n > left {
			break
		}
		following := entries[int(c.bits)<<(left-c.n):][:1<<(left-c.n)]
		skips, size := int(c.symbol>>4)+1, c.symbol&15
		switch {
		case skipped+skips > 63: // the symbol belongs to the next block
		case c.symbol == symbolEOB:
			fill(following, uint16(skipped+skipEOB)<<8|uint16(skipBits-left+c.n))
		case c.n+size > left, size == 0 && c.symbol != symbolZRL: // too long, or EOBn
		default:
			each := 1 << (left - c.n - size) // entries of a value
			t.fillSkips(following[:each], left-c.n-size, skipped+skips)
			for filled := each; filled < len(following); filled *= 2 { // the others are the same
				copy(following[filled:], following[:filled])
			}
		}
	}
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}
