package jpeg

import "math/bits"

// Tables of a scan: DC and AC, of luma and of chroma.
const (
	dcLuma = iota
	dcChroma
	acLuma
	acChroma
)

// begin writes the Huffman tables that suit a scan, and its header.
func (e *encoder) begin(count *counter, components []int, b band) *writer {
	w := new(writer)
	for t := range count {
		if lengths, symbols, used := count[t].code(); used {
			class := byte(t>>1)<<4 | byte(t&1)
			e.segment(mDHT, append(append([]byte{class}, lengths[:]...), symbols...))
			w.codes[t] = codesOf(lengths, symbols)
		}
	}
	header := []byte{byte(len(components))}
	for _, i := range components {
		t := byte(e.components[i].quant)
		header = append(header, byte(i+1), t<<4|t)
	}
	e.segment(mSOS, append(header, byte(b.from), byte(b.to), byte(b.high<<4|b.low)))
	w.out = e.out
	return w
}

// magnitude returns the bits of a value and how many they are (T.81, F.1.2.1).
func magnitude(v int32) (value uint32, size uint) {
	abs := v
	if v < 0 {
		abs, v = -v, v-1
	}
	size = uint(bits.Len32(uint32(abs)))
	return uint32(v) & (1<<size - 1), size
}

// A counter counts the symbols of each table.
type counter [4]frequencies

// A writer writes symbols in their codes.
type writer struct {
	out   []byte
	codes [4][256]codeword
	acc   uint64
	n     uint // bits in acc, at its bottom
}

type codeword struct {
	bits uint16
	n    uint8
}

// symbol writes a symbol, and the bits behind it.
func (w *writer) symbol(table int, symbol uint8, value uint32, size uint) {
	c := w.codes[table][symbol]
	w.acc = w.acc<<(uint(c.n)+size) | uint64(c.bits)<<size | uint64(value)
	w.n += uint(c.n) + size
	if w.n >= 32 {
		w.n -= 32
		w.write32(uint32(w.acc >> w.n))
	}
}

// write32 writes four bytes, stuffing a zero behind each 0xff.
func (w *writer) write32(v uint32) {
	if x := ^v; (x-0x01010101)&^x&0x80808080 == 0 { // no byte of x is zero
		w.out = append(w.out, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
		return
	}
	for shift := 24; shift >= 0; shift -= 8 {
		w.write8(byte(v >> shift))
	}
}

func (w *writer) write8(b byte) {
	if w.out = append(w.out, b); b == 0xff {
		w.out = append(w.out, 0)
	}
}

// flush fills the last byte with ones.
func (w *writer) flush() {
	if pad := -w.n & 7; pad > 0 {
		w.acc = w.acc<<pad | (1<<pad - 1)
		w.n += pad
	}
	for ; w.n > 0; w.n -= 8 {
		w.write8(byte(w.acc >> (w.n - 8)))
	}
}
