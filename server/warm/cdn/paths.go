package cdn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/cache"
)

// everything is the path of all that is cached.
const everything = "/*"

// pathsOfPrefix returns the paths of all that is cached of the originals whose keys begin with a prefix.
func (f *CloudFront) pathsOfPrefix(prefix string) []string {
	if prefix == "" {
		return []string{everything}
	}
	escaped, rewritten := escapePath(prefix)+"*", f.rewritten(prefix)+"*"
	return []string{"/v/" + rewritten, "/img/" + escaped, "/info/" + rewritten, "/srcset/" + rewritten}
}

// pathsOfFolders returns the paths of all that is cached of the originals in some folders. Clients may have encoded a
// name with other characters than those of every URL in another way, which a path would not match: then they are the paths
// of everything.
func (f *CloudFront) pathsOfFolders(folders []string) (paths []string) {
	for _, folder := range folders {
		if folder == "" || strings.ContainsFunc(folder, isEncodedAnyhow) {
			return []string{everything}
		}
		paths = append(paths, f.pathsOfPrefix(folder)...)
	}
	return paths
}

// isEncodedAnyhow reports whether a character may be encoded in a URL or not (RFC 3986, 2.3).
func isEncodedAnyhow(c rune) bool {
	isPlain := c < 0x80 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._~/", c))
	return !isPlain
}

// pathsOf returns the paths that invalidate originals: two for each original, or for each of the folders that they
// share when there are more than most originals.
func (f *CloudFront) pathsOf(keys []string, most int) []string {
	var paths []string
	for _, key := range widen(keys, most) {
		escaped, rewritten := escapePath(key), f.rewritten(key)
		if key == "" || strings.HasSuffix(key, "/") {
			paths = append(paths, "/v/"+rewritten+"*", "/img/"+escaped+"*")
			continue
		}
		paths = append(paths, "/v/"+rewritten+"/*", "/img/"+escaped+"*")
	}
	return paths
}

// widen replaces keys by the folders that they are in, beginning with the deepest, until there are no more than most.
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

// folderAt returns a key up to its slash number depth, or all of a key with fewer slashes.
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

// rewritten returns a key, or what keys begin with, as it is in the paths that functions at the edge have rewritten.
func (f *CloudFront) rewritten(key string) string {
	if f.config.EscapePaths {
		key = cache.Escape(key)
	}
	return escapePath(key)
}

// escapePath escapes what CloudFront requires to be escaped in the path of an invalidation: what RFC 1738 calls unsafe,
// what is not ASCII, and the question mark, which would begin a query. Any other escape would be another path.
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
