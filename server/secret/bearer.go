package secret

import (
	"net/http"
	"strings"
)

// Bearer returns the bearer token of a request (RFC 6750), and whether it has one. The name of the scheme may be in lower case, as of
// every scheme of HTTP.
func Bearer(r *http.Request) (token string, ok bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimLeft(token, " "), true
}
