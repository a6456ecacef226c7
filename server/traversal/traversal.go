// Package traversal finds paths that lead elsewhere as some program on their way may read them: with . or .. as a segment after
// they are percent-decoded once more, or with a backslash for a slash.
//
//	a/../b      a/%2e%2e/b      a/%252e%252e/b      a\..\b      a/%2e%2e/100%
package traversal

import (
	"slices"
	"strings"
)

// mostReadings bounds the time that a path takes: each reading takes as long as the path is, of which a stranger may send
// tens of kilobytes of %25252525….
const mostReadings = 8

// Readings returns a path as programs may read it: as it is, and decoded again and again for as long as that changes it. What is no
// percent-encoding stays as it is. ok is false if it is encoded more often than any path has reason to be.
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

// Leads reports whether a path may lead elsewhere.
func Leads(path string) bool {
	readings, ok := Readings(path)
	return !ok || slices.ContainsFunc(readings, HasDots)
}

// HasDots reports whether . or .. is a segment of a path, with slashes or backslashes between segments.
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
