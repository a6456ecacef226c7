package server

import (
	"errors"
	"net/http"

	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/secret"
)

// SecretHeader carries the secret by which the origin knows its own distribution: CloudFront adds it to what it
// asks the origin, and viewers never see it.
const SecretHeader = "X-Origin-Secret"

var errSecret = errors.New("the origin answers its own distribution only")

// onlyOwn lets those through who know one of the secrets; without secrets, everybody. Probes of load balancers can
// send no header, and hooks have a token of their own: it stands in front of pictures only.
func (s *Server) onlyOwn(next http.Handler) http.Handler {
	if len(s.config.OriginSecrets) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !secret.Match(s.config.OriginSecrets, r.Header.Get(SecretHeader)) {
			s.serve(w, r, grammar.Request{}, nil, errSecret)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkSecrets refuses keys and secrets that anybody knows.
func (c Config) checkSecrets() error {
	for _, key := range c.SignKeys {
		if key == "" {
			return errors.New("an empty key of signed URLs: anybody could sign")
		}
	}
	if c.OriginSecrets != nil && len(c.OriginSecrets) == 0 { // a variable that was not set, perhaps
		return errors.New("no origin secret, where one is meant to be")
	}
	for _, value := range c.OriginSecrets {
		if value == "" {
			return errors.New("an empty origin secret: everybody knows it")
		}
	}
	return nil
}
