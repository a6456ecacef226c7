package strip

import (
	"bytes"
	"encoding/binary"
)

// WebP returns a WebP without its metadata, and with its ICC profile if that is kept. It reports false for a file that is
// not to be stripped.
func WebP(src []byte, keepICC bool) (File, bool) {
	const head = 12
	if len(src) < head || !bytes.HasPrefix(src, []byte("RIFF")) || string(src[8:head]) != "WEBP" {
		return nil, false
	}
	end := int64(binary.LittleEndian.Uint32(src[4:])) + 8
	if end > int64(len(src)) {
		return nil, false
	}
	out := File{nil}
	for rest := src[head:end]; len(rest) > 0; {
		if len(rest) < 8 {
			return nil, false
		}
		n := int64(binary.LittleEndian.Uint32(rest[4:]))
		n += n & 1
		if n > int64(len(rest)-8) {
			return nil, false
		}
		chunk := rest[:8+n]
		rest = rest[8+n:]
		switch string(chunk[:4]) {
		case "VP8X":
			chunk = withoutFlags(chunk, keepICC)
		case "ICCP":
			if !keepICC {
				continue
			}
		case "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF":
		default:
			continue
		}
		out = append(out, chunk)
	}
	riff := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+out.Len()))
	out[0] = append(riff, "WEBP"...)
	return out, len(out) > 1
}

// withoutFlags returns a VP8X chunk whose flags tell of no chunk that was dropped.
func withoutFlags(chunk []byte, keepICC bool) []byte {
	const xmp, exif, icc = 0x04, 0x08, 0x20
	chunk = bytes.Clone(chunk)
	if len(chunk) > 8 {
		chunk[8] &^= xmp | exif
		if !keepICC {
			chunk[8] &^= icc
		}
	}
	return chunk
}
