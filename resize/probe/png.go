package probe

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/imgorigin/imgorigin/resize/colour"
)

// PNG reads the header chunk, and the orientation and the colours if their chunks lie before the pixels and within src.
func PNG(src []byte) (Header, error) {
	h := initial()
	if len(src) < 29 {
		return h, ErrShort
	}
	if string(src[12:16]) != "IHDR" {
		return h, fmt.Errorf("%w: no IHDR", ErrCorrupt)
	}
	h.Width, h.Height = side(src[16:]), side(src[20:])
	if src[24] == 16 {
		h.Depth = 16
	}
	switch src[25] { // the colour type; all but grey is decoded into four channels
	case 0:
		h.Channels = 1
	case 2, 3, 4, 6:
	default:
		return h, fmt.Errorf("%w: colour type %d", ErrCorrupt, src[25])
	}
	for name, data := range pngChunks(src) {
		switch name {
		case "tRNS":
			h.Channels = 4
		case "eXIf":
			h.Orientation = exifOrientation(data)
		case "cICP":
			if len(data) >= 4 {
				h.Colours = colour.NewCodePoints(data[0], data[1])
			}
		case "IDAT":
			return h, nil
		}
	}
	return h, nil
}

// pngChunks yields the names and the data of chunks, up to the first chunk that is not whole, whose data are nil.
func pngChunks(src []byte) iter.Seq2[string, []byte] {
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

// maxProfileBytes bounds an ICC profile that is decompressed.
const maxProfileBytes = 4 << 20

// PNGProfile returns the ICC profile of a PNG (PNG, 11.3.2.3), nil if there is none that can be read.
func PNGProfile(src []byte) []byte {
	for name, data := range pngChunks(src) {
		switch name {
		case "IDAT":
			return nil
		case "iCCP":
			return decompressProfile(data)
		}
	}
	return nil
}

// decompressProfile returns the profile of an iCCP chunk: a name, a zero, the method, and the compressed profile.
func decompressProfile(data []byte) []byte {
	at := bytes.IndexByte(data, 0)
	if at < 0 || at+2 > len(data) {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(data[at+2:]))
	if err != nil {
		return nil
	}
	icc, err := io.ReadAll(io.LimitReader(z, maxProfileBytes))
	if err != nil {
		return nil
	}
	return icc
}
