package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
)

// wantOriginals returns an error if a source has no original at all: the location is misspelt, or the folder is not mounted,
// and every variant would be one of an original that is gone.
func (s *service) wantOriginals(ctx context.Context) error {
	for _, at := range s.flags.All() {
		if err := s.wantOriginalsAt(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *service) wantOriginalsAt(ctx context.Context, at storage.Source) error {
	if at.Web != "" {
		return s.wantKnownOriginal(ctx, at)
	}
	lister, err := s.SourceLister(ctx, at)
	if err != nil {
		return err
	}
	for _, err := range lister.List(ctx, "", "") {
		return err
	}
	return fmt.Errorf("--originals %s: there are none; to delete all variants, delete their location", at.Name())
}

// knownOriginals is the number of originals of a web server that are asked for before a sweep.
const knownOriginals = 100

// wantKnownOriginal returns an error if a web server has none of the first originals of which there are variants. It can't be
// asked for others.
func (s *service) wantKnownOriginal(ctx context.Context, at storage.Source) error {
	asked := 0
	for key, err := range s.config.Store.(cache.Walker).Originals(ctx, at.Keys, "") {
		if errors.Is(err, cache.ErrName) || err == nil && s.flags.IsShadowed(at, key) {
			continue
		}
		if err == nil {
			_, err = s.origin.Stat(ctx, key)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if asked++; asked == knownOriginals {
			break
		}
	}
	if asked == 0 {
		return nil
	}
	return fmt.Errorf("--originals %s: there is none of %d that have variants; drop deletes variants by key", at.Name(), asked)
}
