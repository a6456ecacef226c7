package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// An exchange is a request for an image and what became of it.
type exchange struct {
	w     response
	r     *http.Request
	began time.Time
	parsedURL

	// convert makes the answer from the variant. Nil answers the variant itself.
	convert converter

	key    cache.Key      // of the answer's variant
	used   *cache.Variant // whose body is counted as in use; nil for none
	stored *storedBody    // the body, if it is read from the store

	source source
	joined bool // the flight of another request

	unchecked bool   // the original could not be looked at
	legs      *legs  // nil for a memory hit
	note      string // of the variant that is answered
	err       error

	body   content
	values [3]string // of headers, see own
}

// A converter makes an answer from a variant, which it leaves as it is.
type converter func(v *cache.Variant) (*cache.Variant, error)

// A source says where an answer came from.
type source string

const (
	fromNone     source = "none" // an error
	fromMemory   source = "memory"
	fromStore    source = "store"
	fromFill     source = "fill"
	fromFallback source = "fallback" // in place of an error
	fromOriginal source = "original" // as it is stored
)

func (s *Server) serveImage(w http.ResponseWriter, r *http.Request) {
	raw := rawURL{path: r.URL.Path, query: r.URL.RawQuery, accept: r.Header.Get("Accept")}
	if s.grammar.ClientHints && strings.Contains(raw.query, "auto") {
		raw.hints = s.grammar.Hints(r.Header.Get)
	}
	u, err := s.urls.Parse(raw, func() (grammar.Request, error) {
		// chi's own wildcard may still be escaped; URL.Path never is.
		key := strings.TrimPrefix(raw.path, grammar.ImagePath)
		return s.grammar.ParseHinted(key, raw.query, raw.accept, raw.hints, time.Now())
	})
	s.serve(w, r, u, nil, err)
}

// IgnoredHeader names the parameters of a URL that had no effect on the answer.
const IgnoredHeader = "X-Imgorigin-Ignored"

// SignedHeader carries the signed URL that a viewer sent, path and query, from the edge function, which has rewritten
// it to the path of its variant. It is not part of CloudFront's cache key, so errors that depend on it are not cached.
const SignedHeader = "X-Imgorigin-Signed"

func (s *Server) serveVariant(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, grammar.VariantPath)
	if unescaped, ok := cache.UnescapePath(path); ok { // whatever --escape-paths is: the edge may know before the service, or after it
		path = unescaped
	}
	if signedURL := r.Header.Get(SignedHeader); signedURL != "" {
		req, err := s.grammar.ParseSigned(path, signedURL, time.Now())
		if err != nil {
			err = &uncachedError{err}
		}
		s.serve(w, r, newParsedURL(req), nil, err)
		return
	}
	u, err := s.urls.Parse(rawURL{path: r.URL.Path, query: r.URL.RawQuery}, func() (grammar.Request, error) {
		return s.grammar.ParseVariant(path, r.URL.RawQuery, time.Now())
	})
	s.serve(w, r, u, nil, err)
}

// serve answers a request. A non-nil err is the error of parsing it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, u parsedURL, convert converter, err error) {
	r = s.startSpan(r)
	x := exchange{
		w: response{ResponseWriter: w}, r: r, began: time.Now(),
		parsedURL: u, convert: convert, err: err, source: fromNone,
	}
	defer s.finish(&x)
	simplifyRange(r.Header)
	s.addHeaders(&x)
	if x.err == nil && u.req.Raw {
		if x.err = s.replyRaw(&x); x.err == nil {
			return
		}
	}
	var v *cache.Variant
	if x.err == nil {
		v, x.err = s.variant(r.Context(), &x)
	}
	defer s.releaseBody(&x)
	switch {
	case x.err != nil:
	case x.convert != nil:
		v, x.err = x.convert(v)
	default:
		v, x.err = s.takeBody(r.Context(), &x, v)
	}
	if x.err != nil && !u.req.Raw && s.fallBack(&x) {
		return
	}
	if x.err != nil {
		x.source = fromNone
		s.replyError(&x.w, r, x.err)
		return
	}
	s.reply(&x, v)
}

// addHeaders adds the header fields that the request alone decides. Errors have them too.
func (s *Server) addHeaders(x *exchange) {
	h, req := x.w.Header(), &x.req
	if req.Negotiated {
		h["Vary"] = varyAccept
	}
	if req.Hinted != "" {
		h.Add("Vary", req.Hinted)
		h.Set("Accept-CH", grammar.AcceptHints)
	}
	s.cors.allow(h, x.r.Header.Get("Origin"))
	if x.tag != "" {
		h[cache.TagHeader] = x.own(0, x.tag) // a CDN that keeps a 404 must forget it when the original is uploaded
	}
	if req.Ignored != "" {
		h[IgnoredHeader] = []string{req.Ignored}
	}
}
