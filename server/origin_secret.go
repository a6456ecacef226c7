package server

import (
	"errors"
	"net/http"

	"github.com/imgorigin/imgorigin/server/secret"
)

// SecretHeader carries the secret that CloudFront adds to its requests to the origin. Viewers never see it.
const SecretHeader = "X-Origin-Secret"

var errSecret = errors.New("the origin answers requests of its own distribution only")

// requireOriginSecret lets only requests with one of the origin secrets through; without secrets, all. It stands before
// images only: the health checks of load balancers can't send a header, and webhooks have a token of their own.
func (s *Server) requireOriginSecret(next http.Handler) http.Handler {
	secrets := s.config.Access.OriginSecrets
	if len(secrets) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !secret.Match(secrets, r.Header.Get(SecretHeader)) {
			s.serve(w, r, parsedURL{}, nil, errSecret)
			return
		}
		next.ServeHTTP(w, r)
	})
}
