package tiff_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
)

// A file is a TIFF that a test writes: tags, and blocks of bytes as they are stored.
type file struct {
	order  binary.AppendByteOrder
	tags   map[uint16][]uint32 // without the offsets and sizes of blocks
	bytes  map[uint16][]byte   // tags of bytes
	tiled  bool
	blocks [][]byte
}

// body returns the bytes of the file: blocks, values, directory.
func (f file) body() []byte {
	order := f.order
	if order == nil {
		order = binary.LittleEndian
	}
	out := []byte("II*\x00....")
	if order.String() == binary.BigEndian.String() {
		out = []byte("MM\x00*....")
	}
	tags := maps.Clone(f.tags)
	offsets, counts := uint16(273), uint16(279)
	if f.tiled {
		offsets, counts = 324, 325
	}
	for _, block := range f.blocks {
		tags[offsets] = append(tags[offsets], uint32(len(out)))
		tags[counts] = append(tags[counts], uint32(len(block)))
		out = append(out, block...)
	}
	var entries []byte
	names := slices.AppendSeq(slices.Collect(maps.Keys(tags)), maps.Keys(f.bytes))
	slices.Sort(names)
	for _, tag := range names {
		kind, n, data := uint16(4), len(tags[tag]), []byte(nil)
		for _, v := range tags[tag] {
			data = order.AppendUint32(data, v)
		}
		if b, ok := f.bytes[tag]; ok {
			kind, n, data = 7, len(b), b
		}
		if len(data) > 4 {
			out, data = append(out, data...), order.AppendUint32(nil, uint32(len(out)))
		}
		entries = order.AppendUint16(entries, tag)
		entries = order.AppendUint16(entries, kind)
		entries = order.AppendUint32(entries, uint32(n))
		entries = append(entries, append(data, make([]byte, 4-len(data))...)...)
	}
	at := order.AppendUint32(nil, uint32(len(out)))
	copy(out[4:], at)
	out = order.AppendUint16(out, uint16(len(names)))
	return append(append(out, entries...), 0, 0, 0, 0)
}

// deflated returns rows as Deflate has them.
func deflated(rows []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(rows)
	z.Close()
	return b.Bytes()
}

// lzw returns rows as LZW has them: codes of single bytes, with the table cleared before codes get longer than 9 bits.
func lzw(rows []byte) []byte {
	var out []byte
	var held, n uint
	put := func(code uint) {
		held, n = held<<9|code, n+9
		for ; n >= 8; n -= 8 {
			out = append(out, byte(held>>(n-8)))
		}
	}
	for i, b := range rows {
		if i%200 == 0 {
			put(256)
		}
		put(uint(b))
	}
	put(257)
	return append(out, byte(held<<(8-n)))
}

// packed returns rows as PackBits has them: bytes of two, then runs of three, with a length that is none between.
func packed(rows []byte) (out []byte) {
	for len(rows) > 0 {
		if n := min(len(rows), 3); n == 3 && rows[0] == rows[1] && rows[1] == rows[2] {
			out, rows = append(out, 0xfe, rows[0], 0x80), rows[3:]
			continue
		}
		n := min(len(rows), 2)
		out, rows = append(append(out, byte(n-1)), rows[:n]...), rows[n:]
	}
	return out
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, v := range b {
		out[i] = bits.Reverse8(v)
	}
	return out
}
