package strip

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// PNG returns a PNG without its metadata, and with its ICC profile if that is kept. It reports false for a file that is not
// to be stripped, such as an animation.
func PNG(src []byte, keepICC bool) (File, bool) {
	const signature = "\x89PNG\r\n\x1a\n"
	if !bytes.HasPrefix(src, []byte(signature)) {
		return nil, false
	}
	out := File{src[:len(signature)]}
	var colors pngColors
	var pixels []io.Reader
	for at := len(signature); at+12 <= len(src); {
		n := int64(binary.BigEndian.Uint32(src[at:]))
		if n > int64(len(src)-at-12) {
			return nil, false
		}
		chunk := src[at : at+12+int(n)]
		at += len(chunk)
		name, data := string(chunk[4:8]), chunk[8:8+n]
		switch name {
		case "IHDR", "PLTE", "tRNS", "IDAT", "IEND":
		case "iCCP":
			if !keepICC {
				continue
			}
		default:
			const ancillary = 0x20 // of the first letter: readers may pass over the chunk
			if name[0]&ancillary == 0 || name == "acTL" {
				return nil, false
			}
			continue
		}
		if crc32.ChecksumIEEE(chunk[4:8+n]) != binary.BigEndian.Uint32(chunk[8+n:]) || !colors.allow(name, data) {
			return nil, false
		}
		out = append(out, chunk)
		switch name {
		case "IDAT":
			pixels = append(pixels, bytes.NewReader(data))
		case "IEND":
			return out, isWholeStream(io.MultiReader(pixels...), pixelBytes(out[1][8:]))
		}
	}
	return nil, false
}

// pngColors are what the chunks of a PNG said of its colours. Readers differ in what they make of chunks that break a rule.
type pngColors struct {
	kind, depth byte
	palette     int  // colours
	isEnded     bool // by the alpha, or by pixels
}

// allow reports whether a chunk of colours has the place and the length that the specification allows.
func (c *pngColors) allow(name string, data []byte) bool {
	const grey, rgb, paletted, rgba = 0, 2, 3, 6
	n := len(data)
	switch name {
	case "IHDR":
		isFirst := c.depth == 0 && n == 13
		if isFirst {
			c.depth, c.kind = max(data[8], 1), data[9]
		}
		return isFirst
	case "PLTE":
		isRight := c.palette == 0 && !c.isEnded && n%3 == 0 && n > 0 && n <= 3*256
		c.palette = n / 3
		switch c.kind {
		case paletted:
			return isRight && c.palette <= 1<<c.depth
		case rgb, rgba:
			return isRight
		}
		return false
	case "tRNS":
		isFirst := !c.isEnded
		c.isEnded = true
		switch c.kind {
		case grey, rgb:
			return isFirst && n == 2*int(c.kind+1)
		case paletted:
			return isFirst && n <= c.palette
		}
		return false
	case "IDAT":
		c.isEnded = true
		return c.depth > 0 && (c.kind != paletted || c.palette > 0)
	}
	return true
}

// pixelBytes returns at most how many bytes the pixels of a PNG are, before they are compressed, by the data of its header:
// rows of up to 8 bytes a pixel with a filter each; interlacing adds at most a filter a row, and some rows.
func pixelBytes(header []byte) int64 {
	if len(header) < 8 {
		return 0
	}
	width, height := int64(binary.BigEndian.Uint32(header)), int64(binary.BigEndian.Uint32(header[4:]))
	if width >= 1<<24 || height >= 1<<24 {
		return 0
	}
	return (8*width + 2) * (height + 7)
}

// isWholeStream reports whether a stream of zlib has its end and the checksum that belongs to it. A stream of more than so
// many bytes, which could take minutes to read, is not one.
func isWholeStream(r io.Reader, limit int64) bool {
	z, err := zlib.NewReader(r)
	if err != nil {
		return false
	}
	n, err := io.Copy(io.Discard, io.LimitReader(z, limit+1))
	return err == nil && n <= limit
}
