package grammar

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// MaxKeyBytes is S3's limit on the length of a key.
const MaxKeyBytes = 1024

// ErrKey is the error of a path that can't be the key of an original.
var ErrKey = errors.New("the path names no image: it takes a key of 1 to 1,024 bytes of UTF-8 without NUL and " +
	"without . or .. between slashes")

// CheckKey returns [ErrKey] for what can't be, or should not be, the key of an original. S3 allows . and .. as path
// segments, but browsers and proxies resolve them, so they would not name what they seem to.
func CheckKey(key string) error {
	if key == "" || len(key) > MaxKeyBytes || !utf8.ValidString(key) || strings.IndexByte(key, 0) >= 0 {
		return ErrKey
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return ErrKey
		}
	}
	return nil
}
