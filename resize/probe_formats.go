package resize

import (
	"encoding/binary"
	"fmt"
)

// jpeg walks the segments up to the frame header (ITU-T T.81, B.2.2).
func (h *Header) jpeg(src []byte) error {
	h.Channels = 3
	for at := 2; ; {
		marker, segment, next, err := jpegSegment(src, at)
		if err != nil {
			return err
		}
		at = next
		switch {
		case marker == 0xe1 && hasPrefix(segment, "Exif\x00\x00"):
			h.Orientation = exifOrientation(segment[6:])
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(segment) < 6 {
				return fmt.Errorf("%w: short frame header", ErrCorrupt)
			}
			h.Height = int(binary.BigEndian.Uint16(segment[1:]))
			h.Width = int(binary.BigEndian.Uint16(segment[3:]))
			h.Channels = int(segment[5])
			h.Progressive = marker == 0xc2
			switch {
			case h.Height == 0:
				return fmt.Errorf("%w: a JPEG whose height comes after its pixels", ErrUnsupported)
			case h.Channels == 0:
				return fmt.Errorf("%w: a JPEG without components", ErrCorrupt)
			case h.Channels == 2 || h.Channels > 4:
				return fmt.Errorf("%w: a JPEG of %d components", ErrUnsupported, h.Channels)
			}
			return nil
		case marker == 0xda || marker == 0xd9:
			return fmt.Errorf("%w: pixels before the frame header", ErrCorrupt)
		}
	}
}

// jpegSegment reads the marker at some place, past fill bytes, and the segment that follows it.
func jpegSegment(src []byte, at int) (marker byte, segment []byte, next int, err error) {
	if at >= len(src) {
		return 0, nil, 0, errShort
	}
	if src[at] != 0xff {
		return 0, nil, 0, fmt.Errorf("%w: no marker at byte %d", ErrCorrupt, at)
	}
	for at < len(src) && src[at] == 0xff {
		at++
	}
	if at >= len(src) {
		return 0, nil, 0, errShort
	}
	marker = src[at]
	if marker == 0xd8 || marker == 0xd9 || marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 {
		return marker, nil, at + 1, nil
	}
	if at+3 > len(src) {
		return 0, nil, 0, errShort
	}
	next = at + 1 + int(binary.BigEndian.Uint16(src[at+1:]))
	switch {
	case next < at+3:
		return 0, nil, 0, fmt.Errorf("%w: a segment of less than its own length", ErrCorrupt)
	case next > len(src):
		return 0, nil, 0, errShort
	}
	return marker, src[at+3 : next], next, nil
}

func (h *Header) png(src []byte) error {
	if len(src) < 29 {
		return errShort
	}
	if string(src[12:16]) != "IHDR" {
		return fmt.Errorf("%w: no IHDR", ErrCorrupt)
	}
	h.Width, h.Height = beSide(src[16:]), beSide(src[20:])
	if src[24] == 16 {
		h.Depth = 16
	}
	switch src[25] { // colour type; what the decoder makes of it has alpha or room for it
	case 0:
		h.Channels = 1
	case 2, 3, 4, 6: // of a palette: it is decoded into colours
	default:
		return fmt.Errorf("%w: colour type %d", ErrCorrupt, src[25])
	}
	h.pngChunks(src)
	return nil
}

// pngChunks looks for an orientation and colours among the chunks before the pixels that are at hand.
func (h *Header) pngChunks(src []byte) {
	for name, data := range pngChunks(src) {
		switch name {
		case "eXIf":
			h.Orientation = exifOrientation(data)
		case "cICP":
			if len(data) >= 4 {
				h.cicp = newCICP(data[0], data[1])
			}
		case "IDAT":
			return
		}
	}
}

// pngChunks yields the chunks of a PNG that are at hand whole, up to the first that is not.
func pngChunks(src []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for at := 8; at+12 <= len(src); {
			n := int64(binary.BigEndian.Uint32(src[at:]))
			if n > int64(len(src)-at-12) {
				yield(string(src[at+4:at+8]), nil)
				return
			}
			if !yield(string(src[at+4:at+8]), src[at+8:at+8+int(n)]) {
				return
			}
			at += 12 + int(n)
		}
	}
}

// beSide reads a side; one that does not fit an int is too large all the same.
func beSide(b []byte) int { return int(min(binary.BigEndian.Uint32(b), 1<<31-1)) }

func (h *Header) gif(src []byte) error {
	if len(src) < 13 {
		return errShort
	}
	h.Width, h.Height = int(binary.LittleEndian.Uint16(src[6:])), int(binary.LittleEndian.Uint16(src[8:]))
	n, _ := gifFrames(src)
	h.Frames = max(1, n)
	return nil
}

// gifFrames counts the frames whose beginnings are at hand (GIF89a, 17 to 27), and tells whether it came to the
// trailer. Extensions are held to the lengths that image/gif takes for granted: where the two would part, frames
// could hide from the limits.
func gifFrames(src []byte) (n int, whole bool) {
	at := 13 + colorTableBytes(src[10])
	for at < len(src) {
		switch src[at] {
		case 0x2c:
			if at+10 > len(src) {
				return n, false
			}
			n++
			at += 11 + colorTableBytes(src[at+9]) // and the size of a code
		case 0x21:
			if at+2 >= len(src) || !isGIFExtension(src[at+1], src[at+2]) {
				return n, false
			}
			at += 2
		default:
			return n, src[at] == 0x3b
		}
		for at < len(src) && src[at] != 0 {
			at += 1 + int(src[at])
		}
		at++
	}
	return n, false
}

func isGIFExtension(label, length byte) bool {
	switch label {
	case 0x01: // plain text
		return length == 12
	case 0xf9: // graphic control
		return length == 4
	case 0xff: // application
		return length != 0
	}
	return label == 0xfe // comment
}

func colorTableBytes(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

func (h *Header) bmp(src []byte) error {
	if len(src) < 30 {
		return errShort
	}
	if src[14] == 12 {
		h.Width, h.Height = int(binary.LittleEndian.Uint16(src[18:])), int(binary.LittleEndian.Uint16(src[20:]))
		return nil
	}
	w, ht := int64(int32(binary.LittleEndian.Uint32(src[18:]))), int64(int32(binary.LittleEndian.Uint32(src[22:])))
	h.Width, h.Height = int(max(w, 0)), int(min(max(ht, -ht), 1<<31-1)) // a negative height is top down
	return nil
}

// webp reads the first chunk (the WebP container specification): VP8X says the canvas, VP8 and VP8L are the
// picture itself.
func (h *Header) webp(src []byte) error {
	if len(src) < 30 {
		return errShort
	}
	switch string(src[12:16]) {
	case "VP8 ":
		if string(src[23:26]) != "\x9d\x01\x2a" {
			return fmt.Errorf("%w: no key frame", ErrCorrupt)
		}
		h.Width = int(binary.LittleEndian.Uint16(src[26:]) & 0x3fff)
		h.Height = int(binary.LittleEndian.Uint16(src[28:]) & 0x3fff)
		h.Channels = 3
	case "VP8L":
		bits := binary.LittleEndian.Uint32(src[21:])
		h.Width, h.Height = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		h.lossless = true
	case "VP8X":
		h.Width = (int(src[24]) | int(src[25])<<8 | int(src[26])<<16) + 1
		h.Height = (int(src[27]) | int(src[28])<<8 | int(src[29])<<16) + 1
		for name, data := range riffChunks(src) {
			switch name {
			case "VP8L":
				h.lossless = true
			case "ANMF":
				h.Frames++
			case "EXIF":
				h.Orientation = exifOrientation(trimExif(data))
			}
		}
		h.Frames = max(1, h.Frames-1)
	default:
		return fmt.Errorf("%w: chunk %q", ErrCorrupt, src[12:16])
	}
	return nil
}

func trimExif(b []byte) []byte {
	if hasPrefix(b, "Exif\x00\x00") {
		return b[6:]
	}
	return b
}

// riffChunks yields the chunks of a WebP that are at hand whole.
func riffChunks(src []byte) func(yield func(string, []byte) bool) {
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
