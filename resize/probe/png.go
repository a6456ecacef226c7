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

// pngChunkBytes is how much of a PNG is looked through for the chunks between its header and its pixels.
const pngChunkBytes = 64 << 10

// PNG reads the header chunk, and the channels, the orientation, the colours and the number of frames if their chunks lie before
// the pixels. If there is more before these than pngChunkBytes, src may end anywhere behind that. Frames are those that the file
// claims, all of which it must have to be decoded.
func PNG(src []byte) (Header, error) {
	h := initial()
	if len(src) < 29 {
		return h, ErrShort
	}
	if string(src[12:16]) != "IHDR" {
		return h, fmt.Errorf("%w: png: no header", ErrCorrupt)
	}
	h.Width, h.Height = side(src[16:]), side(src[20:])
	if src[24] == 16 {
		h.Depth = 16
	}
	channels, ok := map[byte]int{0: 1, 2: 3, 3: 3, 4: 4, 6: 4}[src[25]] // by the colour type, as decoded
	if !ok {
		return h, fmt.Errorf("%w: png: colour type %d", ErrCorrupt, src[25])
	}
	h.Paletted = src[25] == 3
	for name, data := range pngChunks(src) {
		switch name {
		case "tRNS":
			channels = 4
		case "eXIf":
			h.Orientation = exifOrientation(data)
		case "cICP":
			if len(data) >= 4 {
				h.Colours = colour.NewCodePoints(data[0], data[1])
			}
		case "IDAT":
			h.Channels = channels
			h.pngFrames(src)
			return h, nil
		}
		if c := name[0] | 0x20; c < 'a' || c > 'z' { // no name of a chunk: the file is corrupt, but may be refused for its size
			return h, nil
		}
	}
	if len(src) < pngChunkBytes {
		return h, ErrShort
	}
	h.pngFrames(src)
	return h, nil
}

// pngFrames reads the number of frames of an animation (PNG, 11.3.6.1), if it lies within the pngChunkBytes that are always there.
func (h *Header) pngFrames(src []byte) {
	for name, data := range pngChunks(src[:min(len(src), pngChunkBytes)]) {
		if name == "IDAT" {
			return
		}
		if name == "acTL" && len(data) == 8 {
			if h.Frames = max(side(data), 1); h.Frames > 1 {
				h.Animates, h.Counted, h.Channels = true, true, 4
			}
			return
		}
	}
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

// PNGGamma returns the gamma of a PNG and its primaries, which are nil if it names none (PNG, 11.3.2.1 and 11.3.2.2). It
// reports false if it has none, or if another chunk takes its place: like browsers, it does not look at primaries without a
// gamma.
func PNGGamma(src []byte) (gamma float64, primaries *colour.Primaries, ok bool) {
	const unit = 100_000
	for name, data := range pngChunks(src) {
		switch name {
		case "cICP", "iCCP", "sRGB":
			return 0, nil, false
		case "gAMA":
			if len(data) == 4 {
				gamma = float64(binary.BigEndian.Uint32(data)) / unit
			}
		case "cHRM":
			if len(data) != 32 {
				continue
			}
			var points [4]colour.Chromaticity
			for i := range points {
				x, y := binary.BigEndian.Uint32(data[8*i:]), binary.BigEndian.Uint32(data[8*i+4:])
				points[i] = colour.Chromaticity{X: float64(x) / unit, Y: float64(y) / unit}
			}
			primaries = &colour.Primaries{White: points[0], Red: points[1], Green: points[2], Blue: points[3]}
		case "IDAT":
			return gamma, primaries, gamma > 0
		}
	}
	return 0, nil, false
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
