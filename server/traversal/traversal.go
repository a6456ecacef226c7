// Package traversal detects paths that a program behind this one may read as leading out of a folder: with a segment . or .. after
// further percent-decoding, or with backslashes for slashes.
//
//	a/../b      a/%2e%2e/b      a/%252e%252e/b      a\..\b      a/%2e%2e/100%
package traversal

import (
	"slices"
	"strings"
)

// mostReadings bounds the time that a path takes: each reading costs time in proportion to its length, and a client may send tens of
// kilobytes of %25252525….
const mostReadings = 8

// Readings returns a path as programs may read it: unchanged, and percent-decoded repeatedly until that changes nothing. Invalid
// percent-encodings stay as they are. ok is false if the path is encoded more often than any real path.
func Readings(path string) (readings []string, ok bool) {
	for len(readings) < mostReadings {
		readings = append(readings, path)
		decoded := decode(path)
		if decoded == path {
			return readings, true
		}
		path = decoded
	}
	return readings, false
}

// Leads reports whether a path may lead out of its folder, in any reading.
func Leads(path string) bool {
	readings, ok := Readings(path)
	return !ok || slices.ContainsFunc(readings, HasDots)
}

// HasDots reports whether a path has a segment . or .., with slashes or backslashes between segments.
func HasDots(path string) bool {
	for segment := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// decode decodes what is percent-encoded in a path.
func decode(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	b := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			high, low := hexDigit(path[i+1]), hexDigit(path[i+2])
			if high >= 0 && low >= 0 {
				b = append(b, byte(high<<4|low))
				i += 2
				continue
			}
		}
		b = append(b, path[i])
	}
	return string(b)
}

// hexDigit returns the value of a hexadecimal digit, -1 for any other character.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
