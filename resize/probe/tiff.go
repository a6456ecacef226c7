package probe

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Tags of TIFF 6.0.
const (
	tiffSubfile     = 254
	tiffWidth       = 256
	tiffHeight      = 257
	tiffBits        = 258
	tiffCompression = 259
	tiffPhotometric = 262
	tiffOrientation = 274
	tiffSamples     = 277
	tiffTileWidth   = 322
	tiffTileHeight  = 323
	tiffDNGVersion  = 50706
)

// losslessTIFF are the ways of compression that keep all samples: none, fax of groups 2 to 4, LZW, Deflate, PackBits, the older Deflate,
// LZMA and Zstandard.
var losslessTIFF = []int{1, 2, 3, 4, 5, 8, 32773, 32946, 34925, 50000}

// TIFF reads the first directory, wherever in the file it is. BigTIFF and the raw files of cameras are unsupported.
func TIFF(src []byte) (Header, error) {
	h := initial()
	err := h.tiff(src)
	return h, err
}

func (h *Header) tiff(src []byte) error {
	if len(src) < 12 {
		return ErrShort
	}
	if src[2] == '+' || src[3] == '+' {
		return fmt.Errorf("%w: BigTIFF, the kind of TIFF for files above 4 GiB", ErrUnsupported)
	}
	if string(src[8:10]) == "CR" {
		return fmt.Errorf("%w: a camera's raw file", ErrUnsupported)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if src[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(src[4:]))
	if at < 8 {
		return fmt.Errorf("%w: tiff: no directory", ErrCorrupt)
	}
	if at+2 > int64(len(src)) {
		return ErrShort
	}
	entries := int64(order.Uint16(src[at:]))
	if at += 2; at+12*entries > int64(len(src)) {
		return ErrShort
	}
	d := tiffDirectory{src: src, order: order, entries: src[at : at+12*entries]}
	return h.tiffDirectory(&d)
}

func (h *Header) tiffDirectory(d *tiffDirectory) error {
	raw := d.value(tiffDNGVersion, 0) != 0
	if raw || d.value(tiffSubfile, 0)&1 == 1 { // the first image of a raw file is a small preview
		return fmt.Errorf("%w: a camera's raw file", ErrUnsupported)
	}
	h.Width, h.Height = d.value(tiffWidth, 0), d.value(tiffHeight, 0)
	if o := d.value(tiffOrientation, 1); o >= 1 && o <= 8 {
		h.Orientation = o
	}
	h.Channels = d.value(tiffSamples, 1)
	bits := d.value(tiffBits, 1)
	h.Lossless = slices.Contains(losslessTIFF, d.value(tiffCompression, 1))
	if d.short {
		return ErrShort
	}
	if h.Channels < 1 || h.Channels > 5 || bits > 32 {
		return fmt.Errorf("%w: tiff: %d channels of %d bits", ErrUnsupported, h.Channels, bits)
	}
	const paletted = 3
	switch palette := d.value(tiffPhotometric, 0) == paletted; { // as decoded
	case h.Channels == 2 || h.Channels == 5:
		h.Channels = 4
	case h.Channels == 1 && palette:
		h.Channels = 3
	}
	if h.Depth = 8; bits > 8 {
		h.Depth = (bits + 7) / 8 * 8
	}
	// Tiles may reach beyond the image, but not so far that they, which are decoded whole, are larger by much.
	tile := Pixels(d.value(tiffTileWidth, 0), d.value(tiffTileHeight, 0))
	if tile > 1<<22 && tile/4 > Pixels(h.Width, h.Height) {
		return fmt.Errorf("%w: tiff: tiles larger than the image", ErrUnsupported)
	}
	return nil
}

// A tiffDirectory is a list of tags.
type tiffDirectory struct {
	src     []byte
	order   binary.ByteOrder
	entries []byte // 12 bytes each
	short   bool   // a value that was asked for lies beyond src
}

// value returns the first number of a tag, otherwise if there is none.
func (d *tiffDirectory) value(tag uint16, otherwise int) int {
	for e := d.entries; len(e) >= 12; e = e[12:] {
		if d.order.Uint16(e) != tag {
			continue
		}
		count, field := d.order.Uint32(e[4:]), e[8:12]
		switch kind := d.order.Uint16(e[2:]); {
		case kind == 1 && count > 0: // bytes, the first of which is in the entry if there are few
			return int(field[0])
		case kind == 3 && count > 2:
			at := int64(d.order.Uint32(field))
			if at+2 > int64(len(d.src)) {
				d.short = true
				return otherwise
			}
			return int(d.order.Uint16(d.src[at:]))
		case kind == 3 && count > 0:
			return int(d.order.Uint16(field))
		case kind == 4 && count == 1:
			return int(min(d.order.Uint32(field), 1<<31-1))
		}
		return otherwise
	}
	return otherwise
}
