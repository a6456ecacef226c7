package jpeg

import "encoding/binary"

// A block holds the dequantised coefficients of 8 × 8 samples, row by row, in words of 32 bits; each is coefBias
// more than it says, so that two of them make one word of 64 bits, for the transforms, without a borrow.
type block [256]byte

const (
	// coefLimit bounds coefficients, so that a sum of 64 fits in a word: of 8-bit samples none is beyond 1200.
	coefLimit = 2000
	coefBias  = 2048
)

// blank is a block of zeros.
var blank = func() (b block) {
	for i := range 64 {
		b.set(uint8(4*i), 0)
	}
	return b
}()

// set writes the coefficient whose word is at some byte.
func (b *block) set(at uint8, v int32) {
	u := uint32(v + coefBias)
	if u-(coefBias-coefLimit) > 2*coefLimit {
		u = uint32(min(max(v, -coefLimit), coefLimit) + coefBias)
	}
	binary.LittleEndian.PutUint32(b[at&252:], u)
}

// word returns two coefficients, from the one at some byte on.
func (b *block) word(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// at returns one coefficient.
func (b *block) at(i int) int32 { return int32(binary.LittleEndian.Uint32(b[4*i:])) - coefBias }

// places is zigzag in the bytes of a block.
var places = func() (p [64]uint8) {
	for k, at := range zigzag {
		p[k] = 4 * at
	}
	return p
}()

// readDC decodes a DC coefficient: its difference to the one before.
func (b *bitReader) readDC(p *scanPart) bool {
	b.refill()
	size, n := p.dc.look(b.acc)
	if n == 0 || size > 16 {
		return false
	}
	b.skip(n)
	p.prediction += b.value(uint(size))
	return true
}

// readBlock decodes the DC coefficient of a block and the coefficients 1 to wanted, and passes over the others. It
// returns one that no other that is not zero comes behind. In a block that is not ok, anything may be set.
//
// This is where the time goes: the reader's fields are kept in variables, and refills are written out, one for two
// coefficients.
func (b *bitReader) readBlock(p *scanPart, coefs *block, wanted int) (last int, ok bool) {
	if !b.readDC(p) {
		return 0, false
	}
	ac, table := p.ac, p.table
	*coefs = blank
	coefs.set(0, p.prediction*table[0])
	acc, n, pos := b.acc, b.n, b.pos
	k := 1
	for k <= wanted {
		acc |= binary.BigEndian.Uint64(b.window[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56
		e := ac.values[acc>>(64-lookBits)]
		if e != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			if k += int(e >> 8 & 255); k > 63 {
				b.acc, b.n, b.pos = acc, n, pos
				return k - 1 - valueEnd, k > valueEnd
			}
			coefs.set(places[k], int32(e)>>16*table[k])
			k++
			e = ac.values[acc>>(64-lookBits)]
			if e == 0 || k > wanted {
				continue
			}
			acc <<= e & 63
			n -= uint(e & 63)
			if k += int(e >> 8 & 255); k > 63 {
				b.acc, b.n, b.pos = acc, n, pos
				return k - 1 - valueEnd, k > valueEnd
			}
			coefs.set(places[k], int32(e)>>16*table[k])
			k++
			continue
		}
		symbol, bits := ac.look(acc)
		acc <<= bits & 63
		n -= bits
		size := uint(symbol & 15)
		if k += int(symbol >> 4); size == 0 && symbol != zeroRun || k > 63 {
			b.acc, b.n, b.pos = acc, n, pos
			return k - 1, symbol == endOfBlock && bits != 0
		}
		coefs.set(places[k], extend(acc, size)*table[k])
		acc <<= size & 63
		n -= size
		k++
	}
	b.acc, b.n, b.pos = acc, n, pos
	return k - 1, k > 63 || b.passAC(ac, k, 64) == 0
}

// passAC goes from coefficient k to the one before end without a look at values. A progressive scan may end a run
// of blocks here, of 2ⁿ and n bits more: n is not 0 then, and n < 0 for what cannot be.
func (b *bitReader) passAC(ac *acCode, k, end int) (n int) {
	acc, have, pos := b.acc, b.n, b.pos
	for k < end {
		acc |= binary.BigEndian.Uint64(b.window[pos:]) >> (have & 63)
		pos += int(63-have) >> 3
		have |= 56
		s := ac.skips[acc>>(64-skipBits)]
		next := k + int(s>>8)
		if next < end {
			acc <<= s & 63
			have -= uint(s & 63)
			k = next
			s = ac.skips[acc>>(64-skipBits)]
			next = k + int(s>>8)
			if next < end {
				acc <<= s & 63
				have -= uint(s & 63)
				k = next
				continue
			}
		}
		if next == end || s>>8 >= skipEnd && next-skipEnd < end {
			acc <<= s & 63
			have -= uint(s & 63)
			break
		}
		symbol, bits := ac.look(acc)
		size := uint(symbol & 15)
		if bits == 0 {
			return -1
		}
		acc <<= (bits + size) & 63
		have -= bits + size
		if size == 0 && symbol != zeroRun {
			n = int(symbol >> 4)
			break
		}
		if k += int(symbol>>4) + 1; k > end {
			return -1
		}
	}
	b.acc, b.n, b.pos = acc, have, pos
	return n
}
