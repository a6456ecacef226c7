package server

import (
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/dialect"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// urlParsers parse the URLs of images: those of the grammar, and those of other services.
type urlParsers struct {
	grammar  grammar.Grammar
	dialects *dialect.Set
}

// parsers returns the parsers of URLs for a server that writes some formats. The ladder is in normal form.
func (u URLs) parsers(encodes func(resize.Format) bool) (urlParsers, error) {
	presets, err := grammar.ParsePresets(u.Presets)
	if err != nil {
		return urlParsers{}, err
	}
	marks, err := grammar.ParseDefaultMarks(u.DefaultMarks)
	if err != nil {
		return urlParsers{}, err
	}
	dialects, err := dialect.NewSet(u.Dialects, u.DialectKeys, u.DialectSources, u.Exact)
	return urlParsers{
		grammar: grammar.Grammar{
			Ladder: u.Ladder, Encodes: encodes, SignKeys: u.SignKeys, SignRequired: u.SignRequired, Exact: u.Exact,
			Strict: u.Strict, ClientHints: u.ClientHints, Presets: presets, OnlyPresets: u.OnlyPresets, Marks: u.Marks, DefaultMarks: marks,
		},
		dialects: dialects,
	}, err
}

// OriginalOf returns the key of the original that the URL of an image names, also one of another service. ok is false for other
// URLs.
func (s *Server) OriginalOf(target *url.URL) (key string, ok bool, err error) {
	path := target.EscapedPath()
	if key, ok := strings.CutPrefix(target.Path, grammar.ImagePath); ok {
		return key, true, grammar.CheckKey(key)
	}
	if variant, ok := strings.CutPrefix(target.Path, grammar.VariantPath); ok {
		key := variant[:max(0, strings.LastIndexByte(variant, '/'))]
		return key, true, grammar.CheckKey(key)
	}
	if s.dialects.Service(path) == "" {
		return "", false, nil
	}
	translation, err := s.dialects.Translate(path, target.RawQuery)
	if err == nil {
		err = grammar.CheckKey(translation.Key)
	}
	return translation.Key, true, err
}

// unescapePath returns the path of a request that is not for a variant as clients know it.
func (u URLs) unescapePath(path string) string {
	if !u.EscapePaths {
		return path
	}
	if unescaped, ok := cache.Unescape(path); ok {
		return unescaped
	}
	return path
}

// An Explanation is what a URL resolves to, and why.
type Explanation struct {
	grammar.Request

	// Service is the service that the URL was written for, "" for this one, and URL what it is in the grammar.
	Service, URL string
}

// Explain returns what a URL of an image resolves to, or the error that the server would answer.
func (u URLs) Explain(encodes func(resize.Format) bool, target *url.URL, accept string, now time.Time) (e Explanation, err error) {
	if u.Ladder, err = u.Ladder.Normal(); err != nil {
		return e, err
	}
	p, err := u.parsers(encodes)
	if err != nil {
		return e, err
	}
	path, query := target.EscapedPath(), target.RawQuery
	switch {
	case strings.HasPrefix(path, grammar.ImagePath):
		e.Request, err = p.grammar.Parse(strings.TrimPrefix(target.Path, grammar.ImagePath), query, accept, now)
		return e, err
	case strings.HasPrefix(path, grammar.VariantPath):
		e.Request, err = p.grammar.ParseVariant(strings.TrimPrefix(target.Path, grammar.VariantPath), query, now)
		return e, err
	}
	for _, below := range []string{grammar.InfoPath, grammar.SrcsetPath} {
		if strings.HasPrefix(path, below) {
			e.Request, err = p.grammar.CheckInfo(below, u.unescapePath(target.Path), query, now)
			return e, err
		}
	}
	if e.Service = p.dialects.Service(path); e.Service == "" {
		return e, fs.ErrNotExist
	}
	translation, err := p.dialects.Translate(path, query)
	if err != nil {
		return e, err
	}
	e.URL, _ = p.grammar.URL(translation)
	e.Request, err = p.grammar.ParseTranslated(translation, accept, now)
	return e, err
}
