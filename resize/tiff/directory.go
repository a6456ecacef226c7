package tiff

import "encoding/binary"

// Tags of TIFF 6.0, and of ICC.1.
const (
	tagWidth         = 256
	tagHeight        = 257
	tagBits          = 258
	tagCompression   = 259
	tagPhotometric   = 262
	tagFillOrder     = 266
	tagStripOffsets  = 273
	tagSamples       = 277
	tagRowsPerStrip  = 278
	tagStripCounts   = 279
	tagPlanar        = 284
	tagGroup3Options = 292
	tagPredictor     = 317
	tagColorMap      = 320
	tagTileWidth     = 322
	tagTileHeight    = 323
	tagTileOffsets   = 324
	tagTileCounts    = 325
	tagInkSet        = 332
	tagExtraSamples  = 338
	tagSampleFormat  = 339
	tagICC           = 34675
)

// version is the number of TIFF. That of BigTIFF is 43.
const version = 42

// A directory holds the tags of an image.
type directory struct {
	src     []byte
	order   binary.ByteOrder
	entries []byte // 12 bytes each
}

// readDirectory returns the first directory of a file.
func readDirectory(src []byte) (*directory, error) {
	if len(src) < 8 {
		return nil, corrupt("no header")
	}
	d := &directory{src: src, order: binary.LittleEndian}
	if src[0] == 'M' {
		d.order = binary.BigEndian
	}
	if d.order.Uint16(src[2:]) != version {
		return nil, unsupported("version %d", d.order.Uint16(src[2:]))
	}
	rest := d.from(d.order.Uint32(src[4:]))
	if len(rest) < 2 {
		return nil, corrupt("no directory")
	}
	n := 12 * int(d.order.Uint16(rest))
	if len(rest) < 2+n {
		return nil, corrupt("it ends in its directory")
	}
	d.entries = rest[2 : 2+n]
	return d, nil
}

// from returns the file from an offset on, which is empty if that lies beyond its end.
func (d *directory) from(offset uint32) []byte {
	return d.src[min(int64(offset), int64(len(d.src))):]
}

// A list is the values of a tag: numbers of 1, 2 or 4 bytes.
type list struct {
	order binary.ByteOrder
	data  []byte
	width int
}

func (l list) len() int { return len(l.data) / max(l.width, 1) }

func (l list) at(i int) uint32 {
	switch l.width {
	case 1:
		return uint32(l.data[i])
	case 2:
		return uint32(l.order.Uint16(l.data[2*i:]))
	}
	return l.order.Uint32(l.data[4*i:])
}

// list returns the values of a tag, of which the file may have only the first. It is empty if the tag is missing, or is of a
// type that is not a number.
func (d *directory) list(tag uint16) list {
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.order.Uint16(e) != tag {
			continue
		}
		width := map[uint16]int{1: 1, 3: 2, 4: 4, 7: 1}[d.order.Uint16(e[2:])]
		size := int64(d.order.Uint32(e[4:])) * int64(width)
		data := e[8:12]
		if size > 4 {
			data = d.from(d.order.Uint32(data))
		}
		return list{d.order, data[:min(size, int64(len(data)))], width}
	}
	return list{width: 1}
}

// value returns the first value of a tag, otherwise if there is none.
func (d *directory) value(tag uint16, otherwise uint32) uint32 {
	if l := d.list(tag); l.len() > 0 {
		return l.at(0)
	}
	return otherwise
}

// bytes returns a value that is bytes, nil if there is none.
func (d *directory) bytes(tag uint16) []byte {
	if l := d.list(tag); l.width == 1 && l.len() > 0 {
		return l.data
	}
	return nil
}
