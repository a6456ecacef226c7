package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/passthrough"
)

// passthroughFlags say what paths are answered with that are not of images.
type passthroughFlags struct {
	Passthrough site `group:"access" placeholder:"LOCATION" help:"Folder, or web server such as http://localhost:3000, that answers the paths that are not those of images. With a playground, / is the playground."`
}

// A site is a folder, or the URL of a web server. The zero site is none.
type site struct {
	folder string // absolute
	server string
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *site) UnmarshalText(text []byte) (err error) {
	*s = site{}
	if !strings.Contains(string(text), "://") {
		s.folder, err = filepath.Abs(string(text))
		return err
	}
	s.server = string(text)
	_, err = passthrough.ParseTarget(s.server)
	return err
}

// addPassthrough has the routes of a server answer all other paths too, if the flag says with what.
func (f passthroughFlags) addPassthrough(
	r *storage.Resources, routes chi.Router, origin *server.Server, dialects []dialect.Mount, log *slog.Logger,
) error {
	if f.Passthrough == (site{}) {
		return nil
	}
	if slices.ContainsFunc(dialects, func(m dialect.Mount) bool { return m.Path == "/" }) {
		return usage.Errorf("--passthrough and a --dialect at /: no path would be passed on; give the dialect a path, as in thumbor=/thumbor/")
	}
	next, err := f.Passthrough.open(r, log)
	if err != nil {
		return fmt.Errorf("--passthrough: %w", err)
	}
	origin.PassOn(routes, next)
	return nil
}

func (s site) open(r *storage.Resources, log *slog.Logger) (http.Handler, error) {
	if s.folder != "" {
		root, err := r.OpenRoot(s.folder)
		if err != nil {
			return nil, err
		}
		return passthrough.Folder(root.FS()), nil
	}
	target, err := url.Parse(s.server)
	if err != nil {
		return nil, err
	}
	return passthrough.Proxy(target, []string{server.SecretHeader, server.SignedHeader}, log), nil
}
