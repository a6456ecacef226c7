package bmp

import (
	"encoding/binary"
)

var little = binary.LittleEndian

// Lengths of headers.
const (
	os21Bytes = 12
	os22Bytes = 64 // or less, from 16 on: what is missing is 0
	v3Bytes   = 40
	maskBytes = 52 // from here on, the masks of the colours are a part of the header
	v4Bytes   = 108
	v5Bytes   = 124

	v3AlphaBytes = 56 // with the mask of alpha, too
)

// Compressions. Those of OS/2 that differ have numbers of their own here.
const (
	rgb = iota
	rle8
	rle4
	bitFields
	jpeg
	png
	alphaBitFields
	rle24
	huffman
)

// A header is what the header of a bitmap claims.
type header struct {
	bytes         int // of the header itself
	width, height int
	topDown       bool
	bits          int // of a pixel
	compression   int
	colours       int64 // of the palette; 0 means as many as the bits can tell apart
}

// readHeader reads the header at the beginning of dib.
func readHeader(dib []byte) (header, error) {
	if len(dib) < 16 {
		return header{}, ErrShort
	}
	h := header{bytes: int(min(little.Uint32(dib), 1<<30))}
	if h.bytes == os21Bytes {
		h.width, h.height = int(little.Uint16(dib[4:])), int(little.Uint16(dib[6:]))
		h.bits = int(little.Uint16(dib[10:]))
		return h, h.check(rgb)
	}
	if h.bytes < 16 || h.bytes > v5Bytes {
		return h, unsupported("a header of %d bytes", h.bytes)
	}
	if len(dib) < h.bytes {
		return h, ErrShort
	}
	fields := make([]byte, v5Bytes)
	copy(fields, dib[:h.bytes])
	h.width, h.height = int(int32(little.Uint32(fields[4:]))), int(int32(little.Uint32(fields[8:])))
	if h.height < 0 {
		h.height, h.topDown = -h.height, true
	}
	h.bits, h.colours = int(little.Uint16(fields[14:])), int64(little.Uint32(fields[32:]))
	return h, h.check(h.compressionOf(little.Uint32(fields[16:])))
}

// compressionOf returns the compression of a number, which may mean another in OS/2.
func (h header) compressionOf(number uint32) int {
	isOS2 := h.bytes < v3Bytes || h.bytes == 42 || h.bytes == 46 || h.bytes == 48 || h.bytes == 60 || h.bytes == os22Bytes
	switch {
	case isOS2 && number == bitFields && h.bits == 1:
		return huffman
	case isOS2 && number == jpeg && h.bits == 24:
		return rle24
	}
	return int(min(number, 1<<30))
}

// check sets the compression, and refuses a combination that is not read.
func (h *header) check(compression int) error {
	h.compression = compression
	var bits []int
	switch compression {
	case rgb:
		bits = []int{1, 2, 4, 8, 16, 24, 32}
	case rle8:
		bits = []int{8}
	case rle4:
		bits = []int{4}
	case rle24:
		bits = []int{24}
	case bitFields, alphaBitFields:
		bits = []int{16, 24, 32}
	case jpeg, png:
		return unsupported("a JPEG or PNG within")
	case huffman:
		return unsupported("Huffman coding of OS/2")
	default:
		return unsupported("compression %d", compression)
	}
	for _, n := range bits {
		if n == h.bits {
			return nil
		}
	}
	return unsupported("%d bits of a pixel with compression %d", h.bits, compression)
}
