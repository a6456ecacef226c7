package cache

import "strings"

// Escape returns a key with ~XX in place of each byte that a path has to percent-encode as %XX, and of ~ itself:
//
//	my cat~1.jpg ─► my~20cat~7E1.jpg
//
// What is left is letters, digits, - . _ and slashes. So a path with it needs no percent-encoding, about which implementations
// of request signatures disagree. Two keys never have the same result, and a key begins with another one if and only if the
// results do.
func Escape(key string) string { return escape(key, "") }

// Unescape returns the key that Escape made s of. In a part of a path that is not a key, = and , may also stand for themselves, as
// in normal forms. ok is false for any other s.
func Unescape(s string) (key string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isPlain(c) || c == '=' || c == ',':
			b.WriteByte(c)
		case c == '~' && i+2 < len(s):
			high, low := strings.IndexByte(upperHex, s[i+1]), strings.IndexByte(upperHex, s[i+2])
			if high < 0 || low < 0 || isPlain(byte(high<<4|low)) {
				return "", false
			}
			b.WriteByte(byte(high<<4 | low))
			i += 2
		default:
			return "", false
		}
	}
	return b.String(), true
}

// pathMark is ~, escaped. In an escaped path, it stands before the name of the variant.
const pathMark = "~7E"

// EscapePath returns the name of a variant, <key>/<transform>, escaped as by Escape, except that = and , in transforms stay. If
// anything had to be escaped, an escaped ~, which no transform begins with, is put before the transform:
//
//	cat.jpg/w=480.webp      ─► cat.jpg/w=480.webp
//	my cat.jpg/w=480.webp   ─► my~20cat.jpg/~7Ew=480.webp
//	my~20cat.jpg/w=480.webp ─► my~7E20cat.jpg/~7Ew=480.webp
//
// So the escaped name of a variant is never the plain name of a variant of another key, such as my~20cat.jpg/w=480.webp: while some
// processes escape paths and others do not, they miss each other's variants, but never serve the wrong image.
func EscapePath(key, transform string) string {
	folder, name := Escape(key)+"/", escape(transform, "=,")
	if strings.IndexByte(folder, '~') >= 0 || strings.IndexByte(name, '~') >= 0 {
		name = pathMark + name
	}
	return folder + name
}

// UnescapePath returns the name that EscapePath made path of, and path itself if it has no mark of that. ok is false for a path
// with the mark that EscapePath never writes.
func UnescapePath(path string) (name string, ok bool) {
	slash := strings.LastIndexByte(path, '/')
	rest, isMarked := strings.CutPrefix(path[slash+1:], pathMark)
	if !isMarked {
		return path, true
	}
	return Unescape(path[:slash+1] + rest)
}

const upperHex = "0123456789ABCDEF"

// escape is Escape with some more bytes that stay as they are.
func escape(s, others string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if isPlain(c) || strings.IndexByte(others, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('~')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

// isPlain reports whether Escape leaves a byte as it is.
func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '/'
}
