package main

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/secret"
)

// addPurges has requests answered by next, except for PURGE and DELETE of images, if there are tokens.
func addPurges(f settings.PurgeFlags, next http.Handler, s *service) http.Handler {
	if len(f.PurgeTokens) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "PURGE" && r.Method != http.MethodDelete {
			next.ServeHTTP(w, r)
			return
		}
		key, isImage, err := s.origin.OriginalOf(r.URL)
		if !isImage {
			next.ServeHTTP(w, r)
			return
		}
		purge(w, r, f.PurgeTokens, s, key, err)
	})
}

// purge drops an original, unless err is the error of the URL that names it. It does what the command drop does. As with that
// command, other processes keep what they hold in memory of an original that has not changed; of one that has, they forget it
// within --revalidate.
func purge(w http.ResponseWriter, r *http.Request, tokens []string, s *service, key string, err error) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	token, isBearer := secret.Bearer(r)
	if !isBearer || !secret.Match(tokens, token) {
		h.Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintln(w, "a token is needed")
		return
	}
	var dropped bool
	if err == nil {
		dropped, err = s.warmer.Drop(r.Context(), key)
	}
	s.log.InfoContext(r.Context(), "purge", slog.String("original", key), slog.Bool("dropped", dropped), slog.Any("err", err))
	switch {
	case err != nil:
		status, header, body := server.ErrorResponse(err, r.Header.Get("Accept"))
		for name := range header {
			h.Set(name, header.Get(name))
		}
		h.Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		w.Write(body)
	case dropped:
		fmt.Fprintln(w, "dropped")
	default:
		fmt.Fprintln(w, "had no variants")
	}
}
