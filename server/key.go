package server

import (
	"errors"
	"strings"
	"unicode/utf8"
)

var errKey = errors.New("the path names no picture: it takes a key of 1 to 1,024 bytes of UTF-8 without NUL and without . or .. between slashes")

// maxKeyBytes is S3's limit on a key.
const maxKeyBytes = 1024

// checkKey refuses what can't be, or should not be, the key of an original. S3 would allow . and .. as path
// segments; browsers and proxies resolve them, so they never name what they seem to.
func checkKey(key string) error {
	if key == "" || len(key) > maxKeyBytes || !utf8.ValidString(key) || strings.IndexByte(key, 0) >= 0 {
		return errKey
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return errKey
		}
	}
	return nil
}
