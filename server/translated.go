package server

import (
	"net/http"
	"time"

	"github.com/imgorigin/imgorigin/server/grammar"
)

// serveTranslated serves an image by a URL that was written for another service.
func (s *Server) serveTranslated(w http.ResponseWriter, r *http.Request) {
	path, accept := r.URL.EscapedPath(), r.Header.Get("Accept")
	if s.config.URLs.RedirectDialects && s.redirect(w, r, path) {
		return
	}
	u, err := s.urls.Parse(rawURL{path: path, query: r.URL.RawQuery, accept: accept}, func() (grammar.Request, error) {
		translation, err := s.dialects.Translate(path, r.URL.RawQuery)
		if err != nil {
			return grammar.Request{}, err
		}
		return s.grammar.ParseTranslated(translation, accept, time.Now())
	})
	s.serve(w, r, u, nil, err)
}

// redirect answers with the URL that another service's comes to here. It leaves what is refused, and what it can't sign, to
// be answered in place.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, path string) bool {
	translation, err := s.dialects.Translate(path, r.URL.RawQuery)
	if err != nil {
		return false
	}
	req, err := s.grammar.ParseTranslated(translation, "", time.Now())
	if err != nil {
		return false
	}
	target, ok := s.grammar.URL(translation)
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Cache-Control", CacheControl(s.config.MaxAge))
	if !req.Expires.IsZero() {
		h.Set("Cache-Control", s.cacheControlUntil(req.Expires))
	}
	if req.Ignored != "" {
		h[IgnoredHeader] = []string{req.Ignored}
	}
	h.Set("Location", target)
	w.WriteHeader(http.StatusFound)
	return true
}
