package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// A static serves files by name from memory. They don't change while the program runs.
type static map[string]staticFile

type staticFile struct {
	body, gzipped   []byte
	mediaType, etag string
}

func newStatic(files fs.FS) (static, error) {
	s := make(static)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		s.add(name, body)
		return nil
	})
	return s, err
}

// add adds a file.
func (s static) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	s[name] = staticFile{body, gzipped(body), mediaTypeOf(name), `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// gzipped returns a body in gzip's format.
func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(body) // to memory, which does not fail
	w.Close()
	return b.Bytes()
}

// mediaTypeOf returns the media type of a file. For the page's own kinds of files it does not depend on the machine's
// table of extensions, where a wrong entry for .js would keep browsers from running the modules.
func mediaTypeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// ServeHTTP serves the file named by the path of the URL.
func (s static) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, r.URL.Path) }

// file returns a handler that serves one file, whatever the path of the URL.
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
	w.Header().Set("Vary", "Accept-Encoding")
	body := f.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = f.gzipped
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", strings.TrimSuffix(f.etag, `"`)+`-gzip"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
