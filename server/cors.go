package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// cors are the origins whose pages may read images, as a canvas and fetch do. An <img> alone needs none of this.
type cors []string

// anyOrigin allows every origin.
const anyOrigin = "*"

// check refuses what no browser sends as an origin, or none should be allowed as.
func (c cors) check() error {
	for _, origin := range c {
		u, err := url.Parse(origin)
		isOrigin := err == nil && u.Host != "" && u.Scheme+"://"+u.Host == origin && strings.ToLower(origin) == origin
		switch {
		case origin == anyOrigin && len(c) > 1:
			return fmt.Errorf("CORS origins %q: want %s alone, or a list without it", []string(c), anyOrigin)
		case origin != anyOrigin && !isOrigin:
			return fmt.Errorf("CORS origin %q: want one such as https://example.com in lower case and without a path, or %s", origin, anyOrigin)
		}
	}
	return nil
}

// allow adds the headers of an answer to a request of an origin, "" for none. The answer is for pages without credentials.
func (c cors) allow(h http.Header, origin string) {
	if len(c) == 0 {
		return
	}
	c.vary(h)
	switch {
	case c[0] == anyOrigin:
		origin = anyOrigin
	case origin == "" || !slices.Contains(c, origin):
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "*")
	h.Set("Timing-Allow-Origin", origin)
}

// vary adds what the headers of an answer depend on: with a list of origins, on that of the request.
func (c cors) vary(h http.Header) {
	if len(c) > 0 && c[0] != anyOrigin {
		h.Add("Vary", "Origin")
	}
}

// serveOptions answers OPTIONS, which browsers send before a request with headers of its own.
func (s *Server) serveOptions(w http.ResponseWriter, r *http.Request) {
	const methods = "GET, HEAD, OPTIONS"
	h := w.Header()
	h.Set("Allow", methods)
	s.cors.allow(h, r.Header.Get("Origin"))
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", "*")
		h.Set("Access-Control-Max-Age", "86400")
	}
	w.WriteHeader(http.StatusNoContent)
}
