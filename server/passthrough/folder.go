package passthrough

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Folder serves the files of a folder, such as that of [os.Root.FS], which no link leads out of. The path of a folder is answered with
// its index.html. Folders without one and hidden files, whose names begin with a dot, are not found. Browsers and caches keep the
// files, and ask each time whether they have changed.
func Folder(folder fs.FS) http.Handler {
	files := http.FileServerFS(site{folder})
	return checked(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		files.ServeHTTP(w, r)
	}), http.MethodGet, http.MethodHead)
}

// A site is a folder without what is not to be served of it.
type site struct{ fs.FS }

// Open implements [fs.FS]. Whatever can't be opened is not found: that it is there, and why it can't, is nobody's business.
func (s site) Open(name string) (fs.File, error) {
	if !s.isServed(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

// isServed reports whether a file, or the index.html of a folder, is there. Opening a named pipe would wait for somebody to write.
func (s site) isServed(name string) bool {
	for segment := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(segment, ".") && name != "." {
			return false
		}
	}
	info, err := fs.Stat(s.FS, name)
	if err == nil && info.IsDir() {
		info, err = fs.Stat(s.FS, path.Join(name, "index.html"))
	}
	return err == nil && info.Mode().IsRegular()
}
