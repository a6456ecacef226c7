package inflate

import "encoding/binary"

const (
	windowSize = 16 << 10

	// ahead is more than decoding a symbol reads: two words, from up to seven bytes further each. There are as many zeros
	// behind the end of the stream, so that only what was decoded from them has to be thrown away.
	ahead = 32
)

// A bitReader reads the bits of a stream, those of a byte from the lowest on.
type bitReader struct {
	acc uint64
	n   uint // valid bits of acc; those above them are some of what the next refill brings
	pos int  // in window, of the first byte that is not wholly in acc

	next   func() (piece []byte, ok bool)
	piece  []byte // the rest of a piece that is not in the window yet
	window [windowSize + ahead]byte
	end    int  // of the data in window
	safe   int  // a position before which a symbol can be decoded
	isCut  bool // more was read than there is
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// slide makes room in the window if little is left in it, and fills it.
func (b *bitReader) slide() {
	if b.pos < b.safe {
		return
	}
	if b.safe > 0 && !b.more() {
		b.isCut = b.isCut || b.pos >= b.end+8
		return
	}
	from := max(b.pos-8, 0) // what is in acc may be returned, see unread
	b.end = copy(b.window[:], b.window[from:b.end])
	b.pos -= from
	for b.end < windowSize && b.more() {
		n := copy(b.window[b.end:windowSize], b.piece)
		b.end += n
		b.piece = b.piece[n:]
	}
	b.safe = b.end - ahead
	if !b.more() {
		b.safe = b.end + 8 // all of whose bytes are in acc, when pos is there
		clear(b.window[b.end:])
	}
}

// more reports whether there is more of the stream than in the window. The rest of a piece is not empty then.
func (b *bitReader) more() bool {
	for ok := true; len(b.piece) == 0; {
		if b.piece, ok = b.next(); !ok {
			return false
		}
	}
	return true
}

// overran reports whether more was read than there is.
func (b *bitReader) overran() bool { return b.isCut || 8*b.pos-int(b.n) > 8*b.end }

// take returns the next k bits, at most 16. They are zeros behind the end of the stream.
func (b *bitReader) take(k uint) uint32 {
	b.refill()
	v := uint32(b.acc) & (1<<k - 1)
	b.skip(k)
	return v
}

// refill fills acc to at least 56 bits.
func (b *bitReader) refill() {
	if b.slide(); b.isCut {
		b.acc, b.n = 0, 63
		return
	}
	b.acc |= word(b.window[b.pos:]) << b.n
	b.pos += int(63-b.n) / 8
	b.n |= 56
}

// skip passes over k bits, which are in acc.
func (b *bitReader) skip(k uint) {
	b.acc >>= k
	b.n -= k
}

// unread returns the bytes in acc to the window, whose next byte is at pos then.
func (b *bitReader) unread() {
	b.pos -= int(b.n / 8)
	b.acc, b.n = 0, 0
}
