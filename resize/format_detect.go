package resize

import (
	"bytes"
	"encoding/binary"
)

// Detect returns the format of an image by its first bytes, 32 of which are enough. It returns "" for everything that
// is not an image which some engine could read. Names, extensions and media types are only what a client claims.
func Detect(b []byte) Format {
	switch {
	case hasPrefix(b, "\xff\xd8\xff"):
		return JPEG
	case hasPrefix(b, "\x89PNG\r\n\x1a\n"):
		return PNG
	case hasPrefix(b, "GIF87a"), hasPrefix(b, "GIF89a"):
		return GIF
	case hasPrefix(b, "RIFF") && len(b) >= 12 && string(b[8:12]) == "WEBP":
		return WebP
	case hasPrefix(b, "BM") && len(b) >= 18 && isBMPHeader(b[14:18]):
		return BMP
	case hasPrefix(b, "II*\x00"), hasPrefix(b, "MM\x00*"), hasPrefix(b, "II+\x00"), hasPrefix(b, "MM\x00+"):
		return TIFF
	case hasPrefix(b, "\xff\x0a"), hasPrefix(b, "\x00\x00\x00\x0cJXL \r\n\x87\n"):
		return JXL
	case isICO(b):
		return ICO
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return detectBrand(b)
	case isSVG(b):
		return SVG
	}
	return ""
}

// isBMPHeader reports whether a DIB header, of Windows or OS/2, can have a length: "BM" alone is only two letters, which a
// text may begin with.
func isBMPHeader(length []byte) bool {
	n := length[0]
	return string(length[1:]) == "\x00\x00\x00" && (n == 12 || n >= 16 && n <= 64 && n%2 == 0 || n == 108 || n == 124)
}

// isICO reports whether a file begins as an icon or a cursor does, with a directory whose first image lies behind it. Its first
// four bytes alone may begin a file of any kind.
func isICO(b []byte) bool {
	if !hasPrefix(b, "\x00\x00\x01\x00") && !hasPrefix(b, "\x00\x00\x02\x00") || len(b) < 22 {
		return false
	}
	n := binary.LittleEndian.Uint16(b[4:])
	size, at := binary.LittleEndian.Uint32(b[14:]), binary.LittleEndian.Uint32(b[18:])
	return n > 0 && size > 0 && uint64(at) >= 6+16*uint64(n) && at < 1<<24
}

// isSVG reports whether a file may be a drawing: XML that says so or begins with what may come before it, or any file that
// gzip has compressed. What it is is known where its root is, see [probe.SVG].
func isSVG(b []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, beginning := range []string{"<svg", "<?xml", "<!--", "<!DOCTYPE svg", "\x1f\x8b\x08"} {
		if hasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

// detectBrand returns AVIF or HEIC by the brands of an ISO base media file (ISO/IEC 14496-12, 4.3). The major brand may
// be the neutral mif1; then a compatible brand decides.
func detectBrand(b []byte) Format {
	end := min(len(b), 32)
	for at := 8; at+4 <= end; at += 4 {
		switch string(b[at : at+4]) {
		case "avif", "avis":
			return AVIF
		case "heic", "heix", "heim", "heis", "hevc", "hevx":
			return HEIC
		}
	}
	return ""
}

func hasPrefix(b []byte, s string) bool { return bytes.HasPrefix(b, []byte(s)) }
