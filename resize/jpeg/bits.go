package jpeg

import (
	"bytes"
	"encoding/binary"
)

// A bitReader reads the entropy-coded data of a scan up to the next marker.
//
//	src ─► window, stuffed zero bytes removed ─► acc, the next bits at the top
//
// Functions that decode many bits copy acc, n and pos to local variables, which the compiler keeps in registers.
type bitReader struct {
	acc uint64
	n   uint // valid bits of acc; the bits below them are some of those that the next refill brings
	pos int  // index in window of the first byte that is not wholly in acc
	end int  // index in window of the end of the data, behind which it holds zeros

	src      []byte
	at       int  // index in src of what comes after the data in the window
	atMarker bool // at is at a marker, or src ends there

	window [windowSize + overread]byte
}

const (
	windowSize = 32 << 10

	// mcuBytes is more than an MCU takes, stuffing aside, and a refill reads ahead: an MCU has at most ten blocks
	// (T.81, B.2.3) of 64 coefficients, each with a code of at most 16 bits and a value of at most 16, or 15 for AC.
	mcuBytes = 10 * 64 * 4

	// overread is the number of zeros behind the data. An MCU may be read past its end before eachBlock looks, and a
	// refill loads eight bytes at a time.
	overread = mcuBytes + 8
)

// start makes src[at:] what is read.
func (b *bitReader) start(src []byte, at int) {
	b.src, b.at, b.atMarker = src, at, false
	b.acc, b.n, b.pos, b.end = 0, 0, 0, 0
}

// fillMCU makes the window hold at least an MCU, or all data that is left. It returns false if more was read than there
// was.
func (b *bitReader) fillMCU() bool {
	if b.end-b.pos < mcuBytes {
		if b.atMarker {
			return !b.overran()
		}
		b.slide()
	}
	return true
}

// slide moves the unread data to the front of the window and fills the rest of it from src.
func (b *bitReader) slide() {
	from := max(b.pos-8, 0) // the bytes in acc, at most eight, stay in the window
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
			b.atMarker = true
			break
		}
		if rest[plain+1] == 0xff { // a fill byte
			b.at++
			continue
		}
		b.window[b.end] = 0xff // and a stuffed zero
		b.end++
		b.at += 2
	}
	clear(b.window[b.end:])
}

// overran reports whether more bits were read than there were.
func (b *bitReader) overran() bool { return 8*b.pos-int(b.n) > 8*b.end }

// refill fills acc to at least 56 bits.
func (b *bitReader) refill() {
	b.acc |= binary.BigEndian.Uint64(b.window[b.pos:]) >> b.n
	b.pos += int(63-b.n) >> 3
	b.n |= 56
}

// restart continues behind the next marker. It returns false if that is not RSTm with m = number modulo 8.
func (b *bitReader) restart(number int) bool {
	at := nextMarker(b.src, b.at)
	if at == len(b.src) || b.src[at+1] != byte(mRST0+number&7) {
		return false
	}
	b.start(b.src, at+2)
	return true
}

// skip discards n bits, which must be in acc.
func (b *bitReader) skip(n uint) {
	b.acc <<= n & 63
	b.n -= n
}

// receive returns the next n bits, 0 to 16, which must be in acc (RECEIVE of T.81, F.2.2.4).
func (b *bitReader) receive(n uint) int32 {
	v := int32(b.acc >> 1 >> (63 - n))
	b.skip(n)
	return v
}

// receiveExtend returns the value that the next n bits code, 0 to 16, which must be in acc.
func (b *bitReader) receiveExtend(n uint) int32 {
	v := extend(b.acc, n)
	b.skip(n)
	return v
}

// extend returns the value that the top n bits code (EXTEND of T.81, figure F.12): the bits of a positive value are
// itself and begin with a one, those of a negative value v are v − 1 in two's complement and begin with a zero.
func extend(top uint64, n uint) int32 {
	sign := ^int64(top) >> 63
	return int32((top^uint64(sign))>>1>>((63-n)&63)) ^ int32(sign) - int32(sign)
}
