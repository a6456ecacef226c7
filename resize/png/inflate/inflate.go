// Package inflate decompresses zlib streams (RFC 1950 and 1951) that are in memory, as the pixels of a PNG are.
//
//	pieces ─► window ─► acc, the next bits ─► tables of Huffman codes ─► literals and matches ─► buf ─► Read
//	          without gaps                    11 bits a look-up          copied by words        the last 32 KiB stay
//
// It takes half the time of compress/flate, which reads its input byte by byte since it must not read beyond the end of a
// stream. Here the next 56 bits or more are always at hand, which hold up to three literals, or a whole match. Streams
// are not trusted: those that compress/flate refuses are refused.
package inflate

import (
	"errors"
	"io"
)

// ErrCorrupt is the error of a stream that breaks the rules of RFC 1951.
var ErrCorrupt = errors.New("inflate: invalid data")

const (
	historySize = 32 << 10 // bytes that a match may reach back
	limit       = 96 << 10 // bytes of buf that are filled, history included
	longest     = 258      // bytes of a match
	bufSize     = limit + longest + 16
)

// A Reader reads a stream that is decompressed. It takes 130 KiB.
type Reader struct {
	bitReader

	started, inBlock, isLast bool

	stored    int // bytes that are left of a block without compression
	literals  litTable
	distances distTable

	// What is decompressed: buf[:out], of which Read has returned buf[:taken]. A match may end behind limit, and is
	// copied in words.
	buf        [bufSize]byte
	out, taken int
	sum        adler
	err        error
}

// NewReader returns a reader of a stream in pieces, which next returns one after another; after the last one it returns false.
// Their bytes are not modified. The header of the stream is ignored, which says nothing that decompressing needs.
func NewReader(next func() (piece []byte, ok bool)) *Reader {
	r := new(Reader)
	r.Reset(next)
	return r
}

// Reset makes a reader, which may be new, read another stream like one of [NewReader].
func (r *Reader) Reset(next func() (piece []byte, ok bool)) {
	r.next, r.piece, r.acc, r.n = next, nil, 0, 0
	r.pos, r.end, r.safe, r.isCut = 0, 0, 0, false
	r.started, r.inBlock, r.isLast, r.stored = false, false, false, 0
	r.out, r.taken, r.sum, r.err = 0, 0, adler{sum: 1}, nil
}

// Read implements [io.Reader]. The error of a stream that ends early is [io.ErrUnexpectedEOF]; that of a wrong one,
// [ErrCorrupt].
func (r *Reader) Read(p []byte) (n int, err error) {
	for len(p) > 0 && r.taken == r.out && r.err == nil {
		r.fill()
	}
	if len(p) > 0 && r.taken == r.out {
		return 0, r.err
	}
	n = copy(p, r.buf[r.taken:r.out])
	r.taken += n
	return n, nil
}

// Sum returns the checksum of what was decompressed.
func (r *Reader) Sum() uint32 { return r.sum.value() }

// StoredSum returns the checksum at the end of the stream, or false if it is cut off. Read must have returned io.EOF.
func (r *Reader) StoredSum() (sum uint32, ok bool) {
	r.skip(r.n & 7)
	for range 4 {
		sum = sum<<8 | r.take(8)
	}
	return sum, !r.overran()
}

// fill decompresses until buf is full or the stream ends. All of buf must have been read.
func (r *Reader) fill() {
	if r.out >= limit {
		copy(r.buf[:], r.buf[r.out-historySize:r.out])
		r.out = historySize
	}
	r.taken = r.out
	r.err = r.decompress()
	r.sum.add(r.buf[r.taken:r.out])
}

func (r *Reader) decompress() (err error) {
	if !r.started {
		r.take(16) // the header of zlib
		r.started = true
	}
	for r.out < limit && err == nil {
		switch r.slide(); {
		case r.overran():
		case r.stored > 0:
			r.copyStored()
		case r.inBlock:
			err = r.symbols()
		case r.isLast:
			return io.EOF
		default:
			err = r.startBlock()
		}
		if r.overran() {
			return io.ErrUnexpectedEOF
		}
	}
	return err
}

// startBlock reads the header of a block.
func (r *Reader) startBlock() error {
	r.isLast = r.take(1) == 1
	switch r.take(2) {
	case 0:
		return r.startStored()
	case 1:
		r.inBlock = true
		return r.setTables(fixedLiterals[:], fixedDistances[:])
	case 2:
		r.inBlock = true
		return r.readTables()
	}
	return ErrCorrupt
}

func (r *Reader) startStored() error {
	r.skip(r.n & 7)
	length, inverse := r.take(16), r.take(16)
	if length != ^inverse&0xffff {
		return ErrCorrupt
	}
	r.unread()
	r.stored = int(length)
	return nil
}

// copyStored copies what is in the window of a block without compression.
func (r *Reader) copyStored() {
	n := copy(r.buf[r.out:min(r.out+r.stored, limit)], r.window[r.pos:max(r.end, r.pos)])
	r.isCut = n == 0 // since the window was just filled
	r.pos += n
	r.out += n
	r.stored -= n
}
