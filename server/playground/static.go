package playground

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"
)

// A static holds files that don't change while the program runs.
type static map[string]staticFile

type staticFile struct {
	body            []byte
	mediaType, etag string
}

func newStatic(files fs.FS) (static, error) {
	s := make(static)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		sum := sha256.Sum256(body)
		s[name] = staticFile{body, mediaTypeOf(name), `"` + hex.EncodeToString(sum[:8]) + `"`}
		return err
	})
	return s, err
}

// mediaTypeOf does not leave scripts to what the machine thinks of extensions.
func mediaTypeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP serves the file that the path names.
func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, r.URL.Path) }

// file serves one of them, whatever the path.
func (s static) file(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name) })
}

func (s static) serve(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := s[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
