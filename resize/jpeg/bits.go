package jpeg

import (
	"bytes"
	"encoding/binary"
)

// A bitReader reads the entropy-coded data of a scan, up to the next marker, through a window of unstuffed bytes.
// The next bits are the top ones of acc. Hot loops keep acc, n and pos in variables of their own.
type bitReader struct {
	acc uint64
	n   uint // bits in acc; below them are some that the next refill reads again
	pos int  // of the next byte of the window that is not in acc
	end int  // of the data in the window; zeros follow

	src []byte
	at  int  // in src, behind what the window holds
	out bool // nothing follows in src but a marker or its end

	window [windowSize + overrun]byte
}

const (
	windowSize = 32 << 10

	// mcuBytes is more than an MCU takes: ten blocks, each of 64 times at most 16 bits of code and 16 of value.
	mcuBytes = 10 * 64 * 4

	// overrun is how many zeros there are behind the data, for what an MCU may read beyond its end.
	overrun = mcuBytes + 8
)

// start begins to read at some place.
func (b *bitReader) start(src []byte, at int) {
	b.src, b.at, b.out = src, at, false
	b.acc, b.n, b.pos, b.end = 0, 0, 0, 0
}

// more makes sure that the window holds an MCU, or all that is left; false if more than that was read.
func (b *bitReader) more() bool {
	if b.end-b.pos < mcuBytes {
		if b.out {
			return !b.overran()
		}
		b.slide()
	}
	return true
}

// slide moves what is unread to the front of the window and fills the rest of it from src.
func (b *bitReader) slide() {
	from := max(b.pos-8, 0) // what is in acc is read again: no more than eight bytes
	b.end = copy(b.window[:], b.window[from:b.end])
	b.pos -= from
	for b.end < windowSize {
		rest := b.src[b.at:]
		plain := bytes.IndexByte(rest[:min(len(rest), windowSize-b.end)], 0xff)
		if plain < 0 {
			plain = min(len(rest), windowSize-b.end)
		}
		b.end += copy(b.window[b.end:windowSize], rest[:plain])
		b.at += plain
		if b.end == windowSize {
			break
		}
		if plain+1 >= len(rest) || rest[plain+1] != 0 && rest[plain+1] != 0xff {
			b.out = true
			break
		}
		if rest[plain+1] == 0xff { // fill before a marker
			b.at++
			continue
		}
		b.window[b.end] = 0xff
		b.end++
		b.at += 2
	}
	clear(b.window[b.end:])
}

// overran tells whether more was read than there is.
func (b *bitReader) overran() bool { return 8*b.pos-int(b.n) > 8*b.end }

// refill fills acc up to at least 56 bits.
func (b *bitReader) refill() {
	b.acc |= binary.BigEndian.Uint64(b.window[b.pos:]) >> b.n
	b.pos += int(63-b.n) >> 3
	b.n |= 56
}

// restart goes on behind the next marker, if it is the restart of some number.
func (b *bitReader) restart(number int) bool {
	at := nextMarker(b.src, b.at)
	if at == len(b.src) || b.src[at+1] != byte(0xd0+number&7) {
		return false
	}
	b.start(b.src, at+2)
	return true
}

func (b *bitReader) skip(n uint) {
	b.acc <<= n & 63
	b.n -= n
}

// bits returns the next n bits, 0 to 16 of them. Enough must have been filled.
func (b *bitReader) bits(n uint) int32 {
	v := int32(b.acc >> 1 >> (63 - n))
	b.skip(n)
	return v
}

// value returns the number that the next n bits code, 0 to 16 of them (T.81, F.2.2.1). Enough must have been filled.
func (b *bitReader) value(n uint) int32 {
	v := extend(b.acc, n)
	b.skip(n)
	return v
}

// extend returns the number that the top n bits code: one that begins with a zero is negative, and stands for
// itself in complement.
func extend(top uint64, n uint) int32 {
	sign := ^int64(top) >> 63
	return int32((top^uint64(sign))>>1>>((63-n)&63)) ^ int32(sign) - int32(sign)
}

// nextMarker returns where the next marker is that ends entropy-coded data, or the end of src.
func nextMarker(src []byte, at int) int {
	for {
		i := bytes.IndexByte(src[at:], 0xff)
		if i < 0 || at+i+1 >= len(src) {
			return len(src)
		}
		at += i
		switch m := src[at+1]; {
		case m == 0:
			at += 2
		case m == 0xff:
			at++
		default:
			return at
		}
	}
}
