package frame

import "encoding/binary"

// Flags of a VP8X chunk (RFC 9649, "Extended File Format").
const (
	FlagAnimation = 0x02
	FlagAlpha     = 0x10
	FlagICC       = 0x20
)

// WithProfile returns a WebP of w × h pixels with an ICC profile, or body if there is no profile. A file with a profile
// is in the extended file format: it begins with a VP8X chunk, and the profile comes before the image data.
func WithProfile(body []byte, w, h int, icc []byte) []byte {
	if len(icc) == 0 {
		return body
	}
	chunks := body[12:] // after RIFF, the size of the file and WEBP
	flags := byte(FlagICC)
	if string(chunks[:4]) == "VP8X" {
		flags |= chunks[8]
		chunks = chunks[18:]
	} else if hasAlpha(string(chunks[:4]), chunks[8:]) {
		flags |= FlagAlpha
	}
	return closeFile(append(appendChunk(openFile(flags, w, h), "ICCP", icc), chunks...))
}

// hasAlpha reports whether a chunk holds alpha: alpha_is_used of VP8L is bit 28 after the byte of its signature.
func hasAlpha(name string, data []byte) bool {
	return name == "ALPH" || name == "VP8L" && data[4]&0x10 != 0
}

// openFile returns the beginning of a file in the extended format.
func openFile(flags byte, w, h int) []byte {
	data := append(append([]byte{flags, 0, 0, 0}, number24(w-1)...), number24(h-1)...)
	return appendChunk([]byte("RIFF\x00\x00\x00\x00WEBP"), "VP8X", data)
}

// closeFile enters the size of a file, which is whole.
func closeFile(file []byte) []byte {
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// appendChunk appends a chunk, whose data are parts one after another.
func appendChunk(file []byte, name string, parts ...[]byte) []byte {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	file = binary.LittleEndian.AppendUint32(append(file, name...), uint32(n))
	for _, part := range parts {
		file = append(file, part...)
	}
	if n%2 == 1 {
		file = append(file, 0)
	}
	return file
}

func number24(v int) []byte { return []byte{byte(v), byte(v >> 8), byte(v >> 16)} }
