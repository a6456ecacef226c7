package server

import (
	"net/http"
	"strconv"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
)

// standsIn tells whether an error is the picture's own, so that another one can be shown in its place. What is
// wrong with the URL, or passes, is told.
func standsIn(err error) bool {
	switch faultOf(err).status {
	case http.StatusNotFound, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// fallBack answers with the fallback picture, in the size and format that were asked for, and tells whether it did.
func (s *Server) fallBack(x *exchange) bool {
	if s.config.Fallback.Key == "" || x.write != nil || !standsIn(x.err) {
		return false
	}
	ctx := x.r.Context()
	other := *x
	other.req.Key = s.config.Fallback.Key
	other.req.Transform.Rect = resize.Rect{} // of another picture
	v, err := s.variant(ctx, &other)
	if err != nil {
		s.log.WarnContext(ctx, "fallback not shown", "original", other.req.Key, "err", err)
		return false
	}
	x.source = fromFallback
	replyFallback(x, v, s.config.Fallback.Status)
	return true
}

// replyFallback has no ETag: what is behind the URL is not this picture, and may come soon.
func replyFallback(x *exchange, v *cache.Variant, status int) {
	h := x.w.Header()
	describeBody(h, v)
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(short))
	h.Set("Cache-Status", "imgorigin; fwd=miss; detail=fallback")
	h.Set("Content-Length", strconv.Itoa(len(v.Body)))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.w.Write(v.Body)
	}
}
