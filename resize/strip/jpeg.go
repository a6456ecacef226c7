package strip

import "bytes"

// JPEG returns a JPEG without its metadata, and with its ICC profile if that is kept. It reports false for a file that is
// not to be stripped.
func JPEG(src []byte, keepICC bool) (File, bool) {
	if !bytes.HasPrefix(src, []byte{0xff, 0xd8}) {
		return nil, false
	}
	out := File{src[:2]}
	frames, scans, tables := 0, 0, 0
	for at := 2; at+2 <= len(src) && src[at] == 0xff; {
		marker, from := src[at+1], at
		if marker == 0xd9 { // EOI; what follows is not part of the image
			return append(out, src[at:at+2]), frames == 1 && scans > 0 && tables > 0
		}
		if at+4 > len(src) || be16(src[at+2:]) < 2 || be16(src[at+2:]) > len(src)-at-2 {
			return nil, false
		}
		segment := src[at+4 : at+2+be16(src[at+2:])]
		at += 4 + len(segment)
		switch marker {
		case 0xc0, 0xc2: // baseline, progressive
			frames++
			if !isCommonFrame(segment) {
				return nil, false
			}
		case 0xc4: // DHT
			tables++
		case 0xda: // SOS
			scans++
			at = scanEnd(src, at)
		case 0xdb, 0xdd: // DQT, DRI
		default:
			if marker < 0xe0 || marker > 0xef && marker != 0xfe {
				return nil, false
			}
			if !isKeptSegment(marker, segment, keepICC) {
				continue
			}
		}
		out = append(out, src[from:at])
	}
	return nil, false
}

// isCommonFrame reports whether a frame header is of 8 bits, in grey or in three colours.
func isCommonFrame(segment []byte) bool {
	return len(segment) >= 6 && segment[0] == 8 && (segment[5] == 1 || segment[5] == 3)
}

// isKeptSegment reports whether an application segment says how the pixels are to be read. A JFIF segment with a thumbnail
// is not kept: readers take its default for granted.
func isKeptSegment(marker byte, segment []byte, keepICC bool) bool {
	switch marker {
	case 0xe0:
		return bytes.HasPrefix(segment, []byte("JFIF\x00")) && len(segment) == 14
	case 0xe2:
		return keepICC && bytes.HasPrefix(segment, []byte("ICC_PROFILE\x00"))
	case 0xee:
		return bytes.HasPrefix(segment, []byte("Adobe")) && len(segment) == 12
	}
	return false
}

// scanEnd returns where the coded data of a scan end, which begin at some place: before the next marker that does not belong
// to them.
func scanEnd(src []byte, at int) int {
	for at+1 < len(src) {
		i := bytes.IndexByte(src[at:], 0xff)
		if i < 0 {
			break
		}
		at += i
		if at+1 < len(src) && src[at+1] != 0 && (src[at+1] < 0xd0 || src[at+1] > 0xd7) {
			return at
		}
		at += 2
	}
	return len(src)
}
