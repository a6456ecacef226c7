package jpeg

import "math/bits"

// A sink takes the symbols of a scan, each with the bits behind it: to count them first, then to write them.
type sink interface {
	symbol(table int, symbol uint8, value uint32, size uint)
}

// Tables of a scan: DC and AC, of luma and of chroma.
const (
	dcLuma = iota
	dcChroma
	acLuma
	acChroma
)

// scan writes the Huffman tables that suit a scan, and the scan.
func (e *encoder) scan(components []int, b band) {
	var count counter
	e.walk(components, b, &count)
	w := e.begin(&count, components, b)
	e.walk(components, b, w)
	w.flush()
	e.out = w.out
}

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

// progressiveScans writes the means first, then the low frequencies, then the others, and of the luma its last
// bits at the end.
func (e *encoder) progressiveScans() {
	for i := range e.components {
		c := &e.components[i]
		c.transform(e.quantisers[c.quant])
	}
	e.scan(e.all(), band{})
	if len(e.components) == 1 {
		e.scan([]int{0}, band{from: 1, to: 5})
		e.scan([]int{0}, band{from: 6, to: 63})
		return
	}
	e.scan([]int{0}, band{from: 1, to: 5})
	e.scan([]int{2}, band{from: 1, to: 63})
	e.scan([]int{1}, band{from: 1, to: 63})
	e.scan([]int{0}, band{from: 6, to: 63})
}

// walk goes through the blocks of a scan in the order of the file.
func (e *encoder) walk(components []int, b band, s sink) {
	var last [3]int32
	if len(components) == 1 {
		c := &e.components[components[0]]
		run := 0
		for y := range c.ownY {
			for x := range c.ownX {
				run = encodeBlock(s, &c.coefs[y*c.blocksX+x], c.quant, b, &last[0], run)
			}
		}
		endRun(s, c.quant, run)
		return
	}
	for my := range e.mcusY {
		for mx := range e.mcusX {
			for _, i := range components {
				c := &e.components[i]
				for v := range c.v {
					for h := range c.h {
						at := (my*c.v+v)*c.blocksX + mx*c.h + h
						encodeBlock(s, &c.coefs[at], c.quant, b, &last[i], 0)
					}
				}
			}
		}
	}
}

// encodeBlock hands over a band of one block. Of a band without a mean, blocks without anything are counted in
// run and said together, before the next that has something.
func encodeBlock(s sink, coefs *[64]int16, chroma int, b band, last *int32, run int) int {
	k := b.from
	if k == 0 {
		dc := int32(coefs[0])
		value, size := magnitude(dc - *last)
		*last = dc
		s.symbol(dcLuma+chroma, uint8(size), value, size)
		k = 1
	}
	zeros := 0
	for ; k <= b.to; k++ {
		v := int32(coefs[k])
		if v == 0 {
			zeros++
			continue
		}
		endRun(s, chroma, run)
		run = 0
		for ; zeros > 15; zeros -= 16 {
			s.symbol(acLuma+chroma, zeroRun, 0, 0)
		}
		value, size := magnitude(v)
		s.symbol(acLuma+chroma, uint8(zeros<<4)|uint8(size), value, size)
		zeros = 0
	}
	switch {
	case zeros == 0:
	case b.from == 0: // sequential: each block says its end
		s.symbol(acLuma+chroma, endOfBlock, 0, 0)
	case run+1 == maxRun:
		endRun(s, chroma, maxRun)
		return 0
	default:
		return run + 1
	}
	return run
}

// maxRun is the longest run of blocks that a symbol can say.
const maxRun = 1<<15 - 1

func endRun(s sink, chroma, run int) {
	if run == 0 {
		return
	}
	n := uint(bits.Len(uint(run))) - 1
	s.symbol(acLuma+chroma, uint8(n<<4), uint32(run)&(1<<n-1), n)
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

// A counter counts symbols.
type counter [4]frequencies

func (c *counter) symbol(table int, symbol uint8, value uint32, size uint) { c[table][symbol]++ }

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
