package server

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// allowsFallback reports whether err is about the image, so that another image can be shown in its place. Errors about
// the URL, and temporary ones, are answered as they are.
func allowsFallback(err error) bool {
	switch faultOf(err).status {
	case http.StatusNotFound, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// fallBack answers with the fallback image, in the size and format that the request asks for, and reports whether it
// did.
func (s *Server) fallBack(x *exchange) bool {
	if s.config.Fallback.Key == "" || x.convert != nil || !allowsFallback(x.err) {
		return false
	}
	ctx := x.r.Context()
	fallback := *x
	req := x.req
	req.Key = s.config.Fallback.Key
	req.Transform.Rect = resize.Rect{} // it names pixels of another image
	req.Transform = s.grammar.Marked(req.Key, []resize.Transform{req.Transform})[0]
	fallback.parsedURL, fallback.began = newParsedURL(req), time.Now()
	v, err := s.variant(ctx, &fallback)
	if err == nil {
		v, err = s.takeBody(ctx, &fallback, v)
	}
	if err != nil {
		s.log.WarnContext(ctx, "fallback not shown", "original", fallback.req.Key, "err", err)
		return false
	}
	x.source = fromFallback
	x.key, x.used, x.stored = fallback.key, fallback.used, fallback.stored // the body is released with x
	x.w.Header().Set(cache.TagHeader, x.tag+","+fallback.tag)              // either may change
	replyFallback(x, v, s.config.Fallback.Status)
	s.reportBody(x, v)
	return true
}

// replyFallback answers with the fallback image. The answer has no ETag and a short age: the URL names another image,
// which may be uploaded soon.
func replyFallback(x *exchange, v *cache.Variant, status int) {
	h := x.w.Header()
	x.w.isImage = true
	h.Set("Content-Type", v.MediaType)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(shortAge))
	h.Set("Cache-Status", "imgorigin; fwd=miss; detail=fallback")
	x.sendNote(v)
	content := x.content(v)
	size, _ := content.Seek(0, io.SeekEnd)
	content.Seek(0, io.SeekStart)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		io.Copy(&x.w, content)
	}
}
