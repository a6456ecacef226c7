package main

import (
	"context"
	"iter"
	"log/slog"
	"net"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/playground"
	"github.com/imgorigin/imgorigin/server/warm/backfill"
)

const (
	dropBytes   = 128 << 20 // memory for images that are dropped onto the playground of dev
	scorePixels = 1 << 20   // of images that it compares, which takes about a second
)

// addPlayground adds the playground to the root of a server's routes.
func addPlayground(routes chi.Router, c playground.Config, origin server.Config, originals backfill.Lister) error {
	c.Widths, c.Qualities = origin.URLs.Ladder.Widths, origin.URLs.Ladder.Qualities
	for _, p := range origin.URLs.Presets {
		c.Presets = append(c.Presets, playground.Preset(p))
	}
	for _, p := range grammar.Parameters() {
		c.Parameters = append(c.Parameters, playground.Parameter(p))
	}
	c.Exact, c.Log = origin.URLs.Exact, origin.Log
	c.HasDrafts = len(origin.Drafts.Formats) > 0
	c.Formats = playgroundFormats(origin.Engine)
	if e, ok := origin.Engine.(interface{ Decoder(f resize.Format) string }); ok {
		c.Decoders = decodersOf(e.Decoder)
	}
	c.List = func(ctx context.Context, prefix, after string) iter.Seq2[playground.Item, error] {
		return func(yield func(playground.Item, error) bool) {
			for o, err := range originals.List(ctx, prefix, after) {
				if !yield(playground.Item{Key: o.Key, Bytes: o.Size}, err) {
					return
				}
			}
		}
	}
	page, err := playground.New(c)
	if err != nil {
		return err
	}
	routes.Method(http.MethodGet, "/", page)
	routes.Method(http.MethodHead, "/", page)
	routes.Handle("/playground/*", page)
	return nil
}

// playgroundFormats returns the formats that URLs can ask the engine for, those with a quality first.
func playgroundFormats(engine resize.Engine) []resize.Format {
	var lossy, lossless []resize.Format
	for _, f := range build.ImageFormats() {
		switch {
		case len(f.Words()) == 0 || !engine.Encodes(f):
		case new(resize.Quality).Of(f) != nil:
			lossy = append(lossy, f)
		default:
			lossless = append(lossless, f)
		}
	}
	return append(lossy, lossless...)
}

// decodersOf returns the names of the codecs that decode originals, by media type.
func decodersOf(codecOf func(resize.Format) string) map[string]string {
	decoders := make(map[string]string)
	for _, f := range build.ImageFormats() {
		if name := codecOf(f); name != "" {
			decoders[f.MediaType()] = name
		}
	}
	return decoders
}

// isLoopback reports whether an address can be reached from this machine only.
func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// addPlayground adds the playground to the routes of a service. It does not show where the originals are stored.
func (s *service) addPlayground(ctx context.Context, routes chi.Router) error {
	for _, at := range s.flags.All() {
		if at.Web != "" {
			return usage.Errorf("--playground lists all originals, and those at %s can't be listed", at)
		}
	}
	originals, err := s.Lister(ctx, s.flags.OriginalsFlags)
	if err != nil {
		return err
	}
	s.log.WarnContext(ctx, "the playground lists the keys of all originals to everybody",
		slog.String("originals", s.flags.Names()))
	return addPlayground(routes, playground.Config{Name: "originals"}, s.config, originals)
}
