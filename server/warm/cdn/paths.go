package cdn

import (
	"fmt"
	"slices"
	"strings"
)

// pathsOf returns the paths of originals: two for each, or for each of at most so many folders that they share.
func pathsOf(keys []string, most int) []string {
	var paths []string
	for _, key := range widen(keys, most) {
		escaped := escapePath(key)
		if key == "" || strings.HasSuffix(key, "/") {
			paths = append(paths, "/v/"+escaped+"*", "/img/"+escaped+"*")
			continue
		}
		paths = append(paths, "/v/"+escaped+"/*", "/img/"+escaped+"*")
	}
	return paths
}

// widen replaces keys by the folders they lie in, the deepest first, until there are no more than most.
func widen(keys []string, most int) []string {
	depth := 0
	for _, key := range keys {
		depth = max(depth, strings.Count(key, "/"))
	}
	for ; len(keys) > most; depth-- {
		wider := make([]string, 0, len(keys))
		for _, key := range keys {
			wider = append(wider, folderAt(key, depth))
		}
		slices.Sort(wider)
		keys = slices.Compact(wider)
	}
	return keys
}

// folderAt cuts a key after its slash number depth; one with fewer slashes stays whole.
func folderAt(key string, depth int) string {
	at := 0
	for range depth {
		i := strings.IndexByte(key[at:], '/')
		if i < 0 {
			return key
		}
		at += i + 1
	}
	return key[:at]
}

// escapePath escapes what CloudFront wants escaped in an invalidation, which is what RFC 1738 calls unsafe and what
// is not ASCII, and nothing else; the question mark too, since it would end the path.
func escapePath(key string) string {
	const unsafe = " <>\"#%{}|\\^~[]`?"
	var b strings.Builder
	for _, c := range []byte(key) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(unsafe, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
