package strip

import "bytes"

// GIF returns a GIF without its metadata. It reports false for a file that is not to be stripped.
func GIF(src []byte) (File, bool) {
	if len(src) < 13 || !bytes.HasPrefix(src, []byte("GIF8")) {
		return nil, false
	}
	width, height := le16(src[6:]), le16(src[8:])
	at := 13 + colorTableBytes(src[10])
	if at > len(src) {
		return nil, false
	}
	out := File{src[:at]}
	for frames := 0; at < len(src); {
		from, isKept := at, true
		switch src[at] {
		case 0x3b: // the trailer
			return append(out, src[at:at+1]), frames > 0
		case 0x2c: // an image
			if at+11 > len(src) || le16(src[at+1:])+le16(src[at+5:]) > width || le16(src[at+3:])+le16(src[at+7:]) > height {
				return nil, false
			}
			at += 11 + colorTableBytes(src[at+9])
			frames++
		case 0x21: // an extension
			if at+2 > len(src) {
				return nil, false
			}
			switch src[at+1] {
			case 0xf9: // graphic control
			case 0xff: // application
				isKept = isLoop(src[at+2:])
			case 0xfe: // comment
				isKept = false
			default:
				return nil, false
			}
			at += 2
		default:
			return nil, false
		}
		at = blocksEnd(src, at)
		if at < 0 {
			return nil, false
		}
		if isKept {
			out = append(out, src[from:at])
		}
	}
	return nil, false
}

// isLoop reports whether the blocks of an application extension say how many times an animation is played, and nothing
// else.
func isLoop(blocks []byte) bool {
	isNamed := bytes.HasPrefix(blocks, []byte("\x0bNETSCAPE2.0")) || bytes.HasPrefix(blocks, []byte("\x0bANIMEXTS1.0"))
	return isNamed && len(blocks) >= 17 && blocks[12] == 3 && blocks[13] == 1 && blocks[16] == 0
}

// blocksEnd returns where the blocks end that begin at some place, -1 if the file ends before.
func blocksEnd(src []byte, at int) int {
	for at < len(src) && src[at] != 0 {
		at += 1 + int(src[at])
	}
	if at >= len(src) {
		return -1
	}
	return at + 1
}

func colorTableBytes(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
