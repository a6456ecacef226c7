package jpeg

import (
	"bytes"
	"encoding/binary"
)

// A bitReader reads entropy-coded data that has been unstuffed and padded, see [decoder.entropy]. The next bits
// are the top ones of acc.
type bitReader struct {
	buf []byte // with padding
	pos int    // of the next byte that is not in acc
	acc uint64
	n   uint // bits in acc, and below them perhaps some that are read again
}

// padding is how many zero bytes follow the data, so that a refill never looks whether it may read.
const padding = 16

func newBitReader(padded []byte) bitReader { return bitReader{buf: padded} }

// refill fills acc up to at least 56 bits. Beyond the data it gives zeros.
func (b *bitReader) refill() {
	if b.pos+8 <= len(b.buf) {
		b.acc |= binary.BigEndian.Uint64(b.buf[b.pos:]) >> b.n
		b.pos += int(63-b.n) >> 3
		b.n |= 56
		return
	}
	b.n = 56 // zeros
	b.pos += 7
}

// overrun tells whether more was read than there is.
func (b *bitReader) overrun() bool { return b.pos-int(b.n>>3) > len(b.buf)-padding }

func (b *bitReader) skip(n uint) {
	b.acc <<= n
	b.n -= n
}

// bits returns the next n bits, 1 to 16 of them. Enough must have been filled.
func (b *bitReader) bits(n uint) int32 {
	v := int32(b.acc >> (64 - n))
	b.skip(n)
	return v
}

// extend gives n bits their sign (T.81, F.2.2.1).
func extend(v int32, n uint) int32 {
	return v + (v>>(n-1)-1)&(-1<<n+1)
}

// entropy returns the entropy-coded data from some place up to the next marker, unstuffed and padded, one part
// for each restart interval, and where that marker is. The parts are good until the next call.
func (d *decoder) entropy(at int) (parts [][]byte, next int) {
	src := d.src
	buf := d.unstuffed[:0]
	var ends []int
	for {
		i := bytes.IndexByte(src[at:], 0xff)
		if i < 0 || at+i+1 >= len(src) {
			buf = append(buf, src[at:]...)
			next = len(src)
			break
		}
		buf = append(buf, src[at:at+i]...)
		at += i
		marker := src[at+1]
		if marker == 0 { // a stuffed 0xff
			buf = append(buf, 0xff)
			at += 2
			continue
		}
		if marker == 0xff { // fill
			at++
			continue
		}
		if marker < 0xd0 || marker > 0xd7 {
			next = at
			break
		}
		at += 2
		buf = append(buf, make([]byte, padding)...)
		ends = append(ends, len(buf))
	}
	buf = append(buf, make([]byte, padding)...)
	ends = append(ends, len(buf))
	d.unstuffed = buf
	from := 0
	for _, end := range ends {
		parts = append(parts, buf[from:end:end])
		from = end
	}
	return parts, next
}

// pass returns where the next marker behind entropy-coded data is, without looking at the data.
func (d *decoder) pass(at int) int {
	for {
		i := bytes.IndexByte(d.src[at:], 0xff)
		if i < 0 || at+i+1 >= len(d.src) {
			return len(d.src)
		}
		at += i
		if m := d.src[at+1]; m != 0 && m != 0xff && (m < 0xd0 || m > 0xd7) {
			return at
		}
		at++
		if d.src[at] == 0 {
			at++
		}
	}
}
