package probe

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// WebP reads the first chunk (WebP Container Specification): VP8 and VP8L are the image itself; VP8X has the size of
// the canvas, and more chunks follow.
func WebP(src []byte) (Header, error) {
	h := initial()
	if len(src) < 30 {
		return h, ErrShort
	}
	switch string(src[12:16]) {
	case "VP8 ":
		if string(src[23:26]) != "\x9d\x01\x2a" {
			return h, fmt.Errorf("%w: webp: no key frame", ErrCorrupt)
		}
		h.Width = int(binary.LittleEndian.Uint16(src[26:]) & 0x3fff)
		h.Height = int(binary.LittleEndian.Uint16(src[28:]) & 0x3fff)
		h.Channels = 3
	case "VP8L":
		bits := binary.LittleEndian.Uint32(src[21:])
		h.Width, h.Height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		h.Lossless = true
	case "VP8X":
		h.webpExtended(src)
	default:
		return h, fmt.Errorf("%w: webp: it begins with a chunk %q", ErrCorrupt, src[12:16])
	}
	return h, nil
}

// webpExtended reads a VP8X chunk and the chunks that follow it within src.
func (h *Header) webpExtended(src []byte) {
	h.Width = (int(src[24]) | int(src[25])<<8 | int(src[26])<<16) + 1
	h.Height = (int(src[27]) | int(src[28])<<8 | int(src[29])<<16) + 1
	for name, data := range WebPChunks(src) {
		switch name {
		case "VP8L":
			h.Lossless = true
		case "ANMF":
			h.Frames++
		case "EXIF":
			if hasPrefix(data, "Exif\x00\x00") { // which the specification does not ask for, and some writers put there
				data = data[6:]
			}
			h.Orientation = exifOrientation(data)
		}
	}
	const animation = 0x02
	whole := int64(binary.LittleEndian.Uint32(src[4:]))+8 <= int64(len(src))
	h.Frames = max(1, h.Frames-1)
	h.Animates = h.Frames > 1 || !whole && src[20]&animation != 0
	h.Counted = whole && h.Animates
}

// WebPChunks yields the names and the data of the chunks of a WebP that lie within src.
func WebPChunks(src []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for at := 12; at+8 <= len(src); {
			n := int64(binary.LittleEndian.Uint32(src[at+4:]))
			if n > int64(len(src)-at-8) || !yield(string(src[at:at+4]), src[at+8:at+8+int(n)]) {
				return
			}
			at += 8 + int(n+n&1)
		}
	}
}
