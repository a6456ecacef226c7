package probe

import "encoding/binary"

// GIF reads the size, and counts the frames that begin within src.
func GIF(src []byte) (Header, error) {
	h := initial()
	if len(src) < 13 {
		return h, ErrShort
	}
	h.Width, h.Height = int(binary.LittleEndian.Uint16(src[6:])), int(binary.LittleEndian.Uint16(src[8:]))
	n, _ := GIFFrames(src)
	h.Frames = max(1, n)
	return h, nil
}

// GIFFrames counts the frames of a GIF that begin within src (GIF89a, 17 to 27), and reports whether it reached the
// trailer. src has at least the 13 bytes of the header. Extensions must have the lengths that image/gif takes for
// granted: where the two disagreed, frames could hide from the limits.
func GIFFrames(src []byte) (n int, whole bool) {
	at := 13 + colorTableBytes(src[10])
	for at < len(src) {
		switch src[at] {
		case 0x2c: // image descriptor
			if at+10 > len(src) {
				return n, false
			}
			n++
			at += 11 + colorTableBytes(src[at+9]) // with the byte that holds the size of the codes
		case 0x21: // extension
			if at+2 >= len(src) || !isGIFExtension(src[at+1], src[at+2]) {
				return n, false
			}
			at += 2
		default:
			return n, src[at] == 0x3b // trailer
		}
		for at < len(src) && src[at] != 0 {
			at += 1 + int(src[at])
		}
		at++
	}
	return n, false
}

// isGIFExtension reports whether the first block of an extension has the length that belongs to its label.
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
