package resize

import (
	"bytes"
	"slices"
)

// A Format names a picture's encoding by the short word of the URL grammar.
type Format string

const (
	Auto Format = "auto" // of a transform only: what the picture needs

	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	AVIF Format = "avif"

	BMP  Format = "bmp"
	HEIC Format = "heic"
	JXL  Format = "jxl"
	TIFF Format = "tiff"

	// Of transforms only, too: text about a picture.
	BlurHash    Format = "blurhash"  // a placeholder, https://blurha.sh
	ThumbHash   Format = "thumbhash" // a better one, in base64, https://evanw.github.io/thumbhash
	Description Format = "info"      // an [Info] as JSON; no URL asks for it
)

// isText tells whether f is about a picture, and no picture.
func (f Format) isText() bool { return f.isHash() || f == Description }

func (f Format) isHash() bool { return f == BlurHash || f == ThumbHash }

// IsPicture tells whether f is what pictures are written in; [Auto] is.
func (f Format) IsPicture() bool { return !f.isText() }

// MediaType returns the registered media type of f, "application/octet-stream" for one that has none.
func (f Format) MediaType() string {
	switch f {
	case JPEG, PNG, GIF, WebP, AVIF, BMP, HEIC, JXL, TIFF:
		return "image/" + string(f)
	case BlurHash, ThumbHash:
		return "text/plain; charset=utf-8"
	case Description:
		return "application/json"
	}
	return "application/octet-stream"
}

// Detect tells the format of a picture from its first bytes, 32 of which are enough, and returns "" for
// anything that is not a picture that some engine could take. Names and extensions are strangers' claims.
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
	case hasPrefix(b, "BM") && len(b) >= 18 && isBMPHeader(b[14]):
		return BMP
	case hasPrefix(b, "II*\x00"), hasPrefix(b, "MM\x00*"):
		return TIFF
	case hasPrefix(b, "\xff\x0a"), hasPrefix(b, "\x00\x00\x00\x0cJXL \r\n\x87\n"):
		return JXL
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return detectBrand(b)
	}
	return ""
}

// isBMPHeader holds "BM", which is no more than two letters, to the lengths that a DIB header has in the wild.
func isBMPHeader(length byte) bool {
	return slices.Contains([]byte{12, 40, 52, 56, 64, 108, 124}, length)
}

// detectBrand tells AVIF from HEIC by the brands of an ISO base media file (ISO/IEC 14496-12, 4.3): the major
// brand may be the neutral mif1, and then a compatible one says which.
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
