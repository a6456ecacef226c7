package server

import (
	"bytes"
	"io"
	"net/http"
)

// A response is the ResponseWriter of an exchange. It remembers what was sent, and sends a body that is in memory with one
// write.
type response struct {
	http.ResponseWriter

	status  int   // 0 until the header was written
	bytes   int64 // of the body that were written
	isImage bool  // the body is an image, or describes one
}

// Unwrap is for [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements [http.ResponseWriter]. It keeps browsers from taking an image for anything that runs. A 304 has
// no body, and is left with so few headers that they fit into the first allocation of a map.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	h := w.Header()
	if status == http.StatusPreconditionFailed || status == http.StatusRequestedRangeNotSatisfiable {
		h.Set("Cache-Control", "no-store") // it depends on what caches don't have in their keys, and other clients want the image
	}
	if w.isImage && status != http.StatusNotModified {
		h["X-Content-Type-Options"] = noSniff
		h["Content-Security-Policy"] = sandbox
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *response) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err = w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// A content is a body in memory as [http.ServeContent] takes it.
type content struct {
	bytes.Reader
	body []byte
}

// set makes c the content of a body.
func (c *content) set(body []byte) io.ReadSeeker {
	c.body = body
	c.Reset(body)
	return c
}

// ReadFrom implements [io.ReaderFrom], which ServeContent looks for. That of net/http would copy a content through a buffer
// of 32 kB, with a system call for each, which takes twice the processor time for 90 kB.
func (w *response) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if c, ok := limited.R.(*content); ok {
			rest := c.body[len(c.body)-c.Len():]
			n, err := w.Write(rest[:min(limited.N, int64(len(rest)))])
			return int64(n), err
		}
	}
	return io.Copy(struct{ io.Writer }{w}, r)
}
