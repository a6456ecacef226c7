package jpeg

import "math/bits"

// Indexes of the Huffman tables of a scan. A component with tables t has dcLuma+t and acLuma+t.
const (
	dcLuma = iota
	dcChroma
	acLuma
	acChroma
)

// scanFrequencies counts the symbols of each Huffman table of a scan.
type scanFrequencies [4]frequencies

// scanCodes are the codes of each Huffman table.
type scanCodes [4][256]codeword

// beginScan writes the Huffman tables that are best for the symbols of a scan, and the scan header (T.81, B.2.3). A table
// without symbols stays as an earlier scan left it. The writer that it returns appends to e.out; when the scan is written,
// endScan takes it over.
func (e *encoder) beginScan(f *scanFrequencies, components []int, b band) *bitWriter {
	w := &bitWriter{codes: &e.codes}
	var tables []byte
	for t := range f {
		if counts, symbols, used := f[t].code(); used {
			tables = append(tables, byte(t>>1)<<4|byte(t&1))
			tables = append(append(tables, counts[:]...), symbols...)
			e.codes[t] = codewords(counts, symbols)
		}
	}
	if tables != nil {
		e.segment(mDHT, tables)
	}
	for t, isShared := range e.shares {
		if isShared {
			e.codes[t] = e.codes[t-1]
		}
	}
	header := []byte{byte(len(components))}
	for _, i := range components {
		t := e.components[i].huffman
		header = append(header, byte(i+1), e.tableID(dcLuma+t)<<4|e.tableID(acLuma+t))
	}
	e.segment(mSOS, append(header, byte(b.ss), byte(b.se), byte(b.ah<<4|b.al)))
	w.out = e.out
	return w
}

// tableID returns the number that a Huffman table has in the file, among those of its class.
func (e *encoder) tableID(t int) byte {
	if e.shares[t] {
		t--
	}
	return byte(t & 1)
}

// endScan ends the scan of a writer from beginScan.
func (e *encoder) endScan(w *bitWriter) {
	w.flush()
	e.out = w.out
}

// magnitude returns the bits that code a value, and their number (T.81, F.1.2.1): the inverse of extend.
func magnitude(v int32) (value uint32, size uint) {
	abs := v
	if v < 0 {
		abs, v = -v, v-1
	}
	size = uint(bits.Len32(uint32(abs)))
	return uint32(v) & (1<<size - 1), size
}

// A bitWriter writes the entropy-coded data of a scan.
type bitWriter struct {
	out   []byte
	codes *scanCodes
	acc   uint64
	n     uint // bits at the bottom of acc that are not in out yet; less than 32 between calls
}

// symbol writes the code of a symbol in a table, and the lowest size bits of value, which may not have others.
func (w *bitWriter) symbol(table int, symbol uint8, value uint32, size uint) {
	c := w.codes[table][symbol]
	w.acc = w.acc<<(uint(c.n)+size) | uint64(c.bits)<<size | uint64(value)
	w.n += uint(c.n) + size
	if w.n >= 32 {
		w.n -= 32
		w.write32(uint32(w.acc >> w.n))
	}
}

// write32 writes four bytes, and a stuffed zero behind each 0xff (T.81, B.1.1.5).
func (w *bitWriter) write32(v uint32) {
	if x := ^v; (x-0x01010101)&^x&0x80808080 == 0 { // no byte of x is zero
		w.out = append(w.out, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
		return
	}
	for shift := 24; shift >= 0; shift -= 8 {
		w.write8(byte(v >> shift))
	}
}

// write8 writes a byte, and a stuffed zero behind 0xff.
func (w *bitWriter) write8(b byte) {
	if w.out = append(w.out, b); b == 0xff {
		w.out = append(w.out, 0)
	}
}

// flush writes what is left, and fills the last byte with ones (T.81, F.1.2.3).
func (w *bitWriter) flush() {
	if pad := -w.n & 7; pad > 0 {
		w.acc = w.acc<<pad | (1<<pad - 1)
		w.n += pad
	}
	for ; w.n > 0; w.n -= 8 {
		w.write8(byte(w.acc >> (w.n - 8)))
	}
}
