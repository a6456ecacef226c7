package grammar

import (
	"strconv"
	"strings"
	"time"
)

// A Translation is what a URL of another service asks for, in the words of this grammar.
type Translation struct {
	Key     string    // of the original
	Query   string    // the parameters
	Signed  bool      // by a valid signature of the other service
	Expires time.Time // of the signature, the zero time if it does not
	Ignored []string  // the parts of the URL that have no effect here
}

// ParseTranslated parses a translation as Parse does a URL. One that is signed gets exactly what it asks for.
func (g *Grammar) ParseTranslated(t Translation, accept string, now time.Time) (Request, error) {
	if g.Strict && len(t.Ignored) > 0 {
		return Request{}, &ParamError{"URL", t.Ignored[0], "only what has an effect"}
	}
	req, err := g.parse(t.Key, t.Query, accept, Hints{}, func(req *Request, vs values) (trusted bool, err error) {
		switch {
		case vs[pSignature] != "" || vs[pExpires] != "" || vs[pAny] != "": // a translation has its own
			return false, ErrSignature
		case !t.Expires.IsZero() && !now.Before(t.Expires):
			return false, ErrExpired
		case !t.Signed && g.SignRequired:
			return false, &UnsignedError{"every image"}
		}
		req.Signed, req.Expires = t.Signed, t.Expires
		return t.Signed || g.Exact, nil
	})
	if err != nil {
		return Request{}, err
	}
	var ignored ignoredNames
	for _, part := range t.Ignored {
		ignored.add(part)
	}
	if len(ignored) > 0 && req.Ignored != "" {
		req.Ignored = ignored.String() + ", " + req.Ignored
	} else {
		req.Ignored += ignored.String()
	}
	return req, nil
}

// URL returns the URL of this service that is equivalent to a translation, path and query. It is signed if the other one
// was, and not ok if that can't be done.
func (g *Grammar) URL(t Translation) (target string, ok bool) {
	if t.Signed && len(g.SignKeys) == 0 || !t.Signed && !t.Expires.IsZero() {
		return "", false
	}
	path, query := ImagePath+t.Key, t.Query
	if !t.Expires.IsZero() {
		query += "&" + pExpires.String() + "=" + strconv.FormatInt(t.Expires.Unix(), 10)
	}
	if t.Signed {
		query += "&" + pSignature.String() + "=" + Sign(g.SignKeys[0], path, query)
	}
	if query = strings.TrimPrefix(query, "&"); query != "" {
		query = "?" + query
	}
	return percentEncode(path, "/") + query, true
}
