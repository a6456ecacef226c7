package server

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

// sniffBytes is how much of an original is looked at to say what it is.
const sniffBytes = 64 << 10

// replyRaw answers with an original as it is stored. It is sent while it is read, so that it takes no memory of the gate. Nothing of it
// is kept here, and by caches only for a short time, as no purge would find it. Its first bytes have to come within the time that an
// image may take; after them, the client decides how long it waits.
func (s *Server) replyRaw(x *exchange) error {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	tooLate := time.AfterFunc(s.config.Load.FillTimeout, cancel)
	original, body, head, err := s.openRaw(ctx, x.req.Key)
	if original != nil {
		defer original.Body.Close()
	}
	if !tooLate.Stop() {
		return fmt.Errorf("%w before the first bytes of the original", context.DeadlineExceeded)
	}
	if err != nil {
		return err
	}
	x.source, x.w.isImage = fromOriginal, true
	s.setRawHeaders(x, original.ETag, head)
	if original.Size != originals.UnknownSize {
		http.ServeContent(&x.w, x.r, "", time.Time{}, &forwardReader{body: body, size: original.Size})
		return nil
	}
	if x.r.Method == http.MethodHead {
		x.w.WriteHeader(http.StatusOK)
		return nil
	}
	sent, err := io.Copy(struct{ io.Writer }{&x.w}, io.LimitReader(body, s.config.Limits.Bytes+1))
	if err != nil || sent > s.config.Limits.Bytes {
		panic(http.ErrAbortHandler) // so that the client does not take a part for the whole
	}
	return nil
}

// openRaw opens an original and looks at its first bytes. The caller closes the original, which is nil if it can't be opened.
func (s *Server) openRaw(ctx context.Context, key string) (original *originals.Original, body *bufio.Reader, head []byte, err error) {
	original, err = s.originals.Open(ctx, key)
	if errors.Is(err, originals.ErrEncoding) {
		return nil, nil, nil, fmt.Errorf("%w: %w", resize.ErrUnsupported, err)
	}
	if err != nil {
		return nil, nil, nil, originals.Unreachable(err)
	}
	if original.Size > s.config.Limits.Bytes {
		return original, nil, nil, render.ErrTooManyBytes
	}
	body = bufio.NewReaderSize(original.Body, sniffBytes)
	head, err = body.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return original, nil, nil, originals.Unreachable(err)
	}
	return original, body, head, nil
}

func (s *Server) setRawHeaders(x *exchange, etag string, head []byte) {
	h := x.w.Header()
	mediaType, isImage := mediaTypeOf(head)
	h.Set("Content-Type", mediaType)
	h.Set("ETag", etag)
	h["Cache-Control"] = s.briefly
	if !x.req.Expires.IsZero() && time.Until(x.req.Expires) < briefAge {
		h.Set("Cache-Control", s.cacheControlUntil(x.req.Expires))
	}
	name := x.req.Attachment
	if name == "" && !isImage {
		name = path.Base(x.req.Key)
	}
	if name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
}

// mediaTypeOf returns the media type of an original by its first bytes, and whether it is an image in which nothing runs. What is none,
// and SVG, is to be saved rather than shown.
func mediaTypeOf(head []byte) (mediaType string, isImage bool) {
	header, err := resize.Probe(bytes.NewReader(head))
	if err == nil && header.Format != resize.SVG {
		return header.Format.MediaType(), true
	}
	switch mediaType := http.DetectContentType(head); mediaType {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp":
		return mediaType, true
	}
	return "application/octet-stream", false
}

// A forwardReader is a body as [http.ServeContent] takes it, which only ever seeks forward once it has begun to read.
type forwardReader struct {
	body     *bufio.Reader
	size     int64
	position int64 // of the next Read
	read     int64 // of the body
}

func (f *forwardReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.position
	case io.SeekEnd:
		offset += f.size
	}
	f.position = offset
	return offset, nil
}

func (f *forwardReader) Read(p []byte) (int, error) {
	if f.position < f.read {
		return 0, errors.ErrUnsupported
	}
	if _, err := io.CopyN(io.Discard, f.body, f.position-f.read); err != nil {
		return 0, err
	}
	n, err := f.body.Read(p)
	f.position += int64(n)
	f.read = f.position
	return n, err
}
