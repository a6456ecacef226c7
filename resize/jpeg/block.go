package jpeg

import "encoding/binary"

// A block holds the 64 dequantised coefficients of a block, row by row, in words of 32 bits. Each has coefBias added,
// so that none is negative: the transforms take two of them at once as a word of 64 bits, where the lower must not
// borrow from the upper.
type block [256]byte

const (
	// coefLimit is what the magnitude of a coefficient is clamped to, so that sums of 64 fit in the 32 bits of the
	// transforms. 8-bit samples have coefficients of up to 1024, and up to 1152 if rounded to a multiple of at most
	// 255.
	coefLimit = 2000
	coefBias  = 2048
)

// zeroBlock is a block of zeros.
var zeroBlock = func() (b block) {
	for i := range 64 {
		b.set(uint8(4*i), 0)
	}
	return b
}()

// set sets the coefficient at a byte offset, such as zigzagBytes holds.
func (b *block) set(offset uint8, v int32) {
	u := uint32(v + coefBias)
	if u-(coefBias-coefLimit) > 2*coefLimit {
		u = uint32(min(max(v, -coefLimit), coefLimit) + coefBias)
	}
	binary.LittleEndian.PutUint32(b[offset&252:], u)
}

// pair returns the two coefficients from a byte offset on, with their bias, the first in the lower half.
func (b *block) pair(offset int) uint64 { return binary.LittleEndian.Uint64(b[offset:]) }

// at returns coefficient i, counted row by row.
func (b *block) at(i int) int32 { return int32(binary.LittleEndian.Uint32(b[4*i:])) - coefBias }

// zigzagBytes maps the zigzag index of a coefficient to its byte offset in a block.
var zigzagBytes = func() (offsets [64]uint8) {
	for k, place := range zigzag {
		offsets[k] = 4 * place
	}
	return offsets
}()

// readDC decodes a DC coefficient, which is coded as its difference from the predictor, and makes it the predictor of
// the next (T.81, F.2.2.1). It returns false for a code that does not exist or a difference of more than 16 bits.
func (b *bitReader) readDC(c *scanComponent) bool {
	b.refill()
	size, n := c.dc.lookup(b.acc)
	if n == 0 || size > 16 {
		return false
	}
	b.skip(n)
	c.predictor += b.receiveExtend(uint(size))
	return true
}

// readBlock decodes the coefficients of a block of a sequential scan up to the zigzag index wanted (T.81, F.2.2), and
// skips the rest. No coefficient of coefs with a zigzag index above last is set. It returns false for a code that
// does not exist, EOBn other than EOB0, or a coefficient beyond the block; coefs may hold anything then.
//
// Most of the time of a decode is spent here. So the fields of the reader are kept in variables, and refill is written
// out, once for every two look-ups in values: these take at most 2 × valueBits of the 56 bits that a refill leaves.
func (b *bitReader) readBlock(c *scanComponent, coefs *block, wanted int) (last int, ok bool) {
	if !b.readDC(c) {
		return 0, false
	}
	ac, quant := c.ac, c.quant
	*coefs = zeroBlock
	coefs.set(0, c.predictor*quant[0])
	acc, n, pos := b.acc, b.n, b.pos
	k := 1
	for k <= wanted {
		acc |= binary.BigEndian.Uint64(b.window[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56
		e := ac.values[acc>>(64-valueBits)]
		if e != 0 {
			acc <<= e & 63
			n -= uint(e & 63)
			if k += int(e >> 8 & 255); k > 63 {
				b.acc, b.n, b.pos = acc, n, pos
				return k - 1 - valueEOB, k > valueEOB
			}
			coefs.set(zigzagBytes[k], int32(e)>>16*quant[k])
			k++
			e = ac.values[acc>>(64-valueBits)]
			if e == 0 || k > wanted {
				continue
			}
			acc <<= e & 63
			n -= uint(e & 63)
			if k += int(e >> 8 & 255); k > 63 {
				b.acc, b.n, b.pos = acc, n, pos
				return k - 1 - valueEOB, k > valueEOB
			}
			coefs.set(zigzagBytes[k], int32(e)>>16*quant[k])
			k++
			continue
		}
		symbol, bits := ac.lookup(acc)
		acc <<= bits & 63
		n -= bits
		size := uint(symbol & 15)
		if k += int(symbol >> 4); size == 0 && symbol != symbolZRL || k > 63 {
			b.acc, b.n, b.pos = acc, n, pos
			return k - 1, symbol == symbolEOB && bits != 0
		}
		coefs.set(zigzagBytes[k], extend(acc, size)*quant[k])
		acc <<= size & 63
		n -= size
		k++
	}
	b.acc, b.n, b.pos = acc, n, pos
	return k - 1, k > 63 || b.skipAC(ac, k, 64) == 0
}

// skipAC skips the coefficients from zigzag index k up to but not including end, or up to an end of block, without
// decoding their values. Where an EOBn symbol of a progressive scan ends them, it returns n and leaves the n bits of
// the run behind it unread; otherwise it returns 0, or a negative n for a code that does not exist or a coefficient
// at end or beyond.
func (b *bitReader) skipAC(ac *acHuffman, k, end int) (n int) {
	acc, valid, pos := b.acc, b.n, b.pos
	for k < end {
		acc |= binary.BigEndian.Uint64(b.window[pos:]) >> (valid & 63)
		pos += int(63-valid) >> 3
		valid |= 56
		e := ac.skips[acc>>(64-skipBits)]
		next := k + int(e>>8)
		if next < end {
			acc <<= e & 63
			valid -= uint(e & 63)
			k = next
			e = ac.skips[acc>>(64-skipBits)]
			next = k + int(e>>8)
			if next < end {
				acc <<= e & 63
				valid -= uint(e & 63)
				k = next
				continue
			}
		}
		if next == end || e>>8 >= skipEOB && next-skipEOB < end {
			acc <<= e & 63
			valid -= uint(e & 63)
			break
		}
		// Not one whole symbol, or more symbols than belong to this block: only the first of them.
		symbol, bits := ac.lookup(acc)
		size := uint(symbol & 15)
		if bits == 0 {
			return -1
		}
		acc <<= (bits + size) & 63
		valid -= bits + size
		if size == 0 && symbol != symbolZRL {
			n = int(symbol >> 4)
			break
		}
		if k += int(symbol>>4) + 1; k > end {
			return -1
		}
	}
	b.acc, b.n, b.pos = acc, valid, pos
	return n
}
