package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/passthrough"
)

// addPassthrough has the routes of a server answer all other paths too, if the flag says with what.
func addPassthrough(
	r *storage.Resources, to settings.Site, routes chi.Router, origin *server.Server, dialects []dialect.Mount, log *slog.Logger,
) error {
	if to == (settings.Site{}) {
		return nil
	}
	if slices.ContainsFunc(dialects, func(m dialect.Mount) bool { return m.Path == "/" }) {
		return usage.Errorf("--passthrough and a --dialect at /: no path would be passed on; give the dialect a path, as in thumbor=/thumbor/")
	}
	next, err := openSite(r, to, log)
	if err != nil {
		return fmt.Errorf("--passthrough: %w", err)
	}
	origin.PassOn(routes, next)
	return nil
}

func openSite(r *storage.Resources, s settings.Site, log *slog.Logger) (http.Handler, error) {
	if s.Folder != "" {
		root, err := r.OpenRoot(s.Folder)
		if err != nil {
			return nil, err
		}
		return passthrough.Folder(root.FS()), nil
	}
	target, err := url.Parse(s.Server)
	if err != nil {
		return nil, err
	}
	return passthrough.Proxy(target, []string{server.SecretHeader, server.SignedHeader}, log), nil
}
