// Package passthrough answers paths that are not of images, from a folder or by another web server, so that a small site or a server
// for development needs nothing in front of both.
//
//	handler := passthrough.Folder(root.FS())                 // index.html of folders, no lists, no hidden files
//	handler := passthrough.Proxy(target)                     // such as http://localhost:3000
//
// No path leads out of the folder, or to what is not below the target.
package passthrough

import (
	"net/http"
	"slices"
	"strings"

	"github.com/imgorigin/imgorigin/server/traversal"
)

// checked refuses requests that no browser sends, or whose path another program could take for one elsewhere: with . or .. as a
// segment, however often it is escaped, with a backslash, or one that begins with two slashes.
func checked(next http.Handler, methods ...string) http.Handler {
	allowed := make(map[string]bool)
	for _, m := range methods {
		allowed[m] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !allowed[r.Method]:
			w.Header().Set("Allow", strings.Join(methods, ", "))
			refuse(w, http.StatusMethodNotAllowed)
		case !isPlain(r.URL.Path):
			refuse(w, http.StatusNotFound)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// refuse answers with an error that caches don't keep.
func refuse(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	http.Error(w, strings.ToLower(http.StatusText(status)), status)
}

// isPlain reports whether a decoded path means the same to all programs that may see it.
func isPlain(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return false
	}
	readings, ok := traversal.Readings(path)
	return ok && !slices.ContainsFunc(readings, func(reading string) bool {
		return strings.ContainsAny(reading, "\\\x00") || traversal.HasDots(reading)
	})
}
