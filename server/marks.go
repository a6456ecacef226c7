package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/originals"
)

// versioned returns a transform with the version of its mark. The version is part of the normal form, so what is kept under a
// name is always of the mark that the name is of: a mark that was replaced has variants of new names, in memory and in the
// store. Those of its older versions are dropped with their originals'. No name that the edge function knows has a version: what
// CloudFront reads from the store has no mark.
//
// The error matches [resize.ErrMark] if there is no such mark: no image is answered without it.
func (s *Server) versioned(ctx context.Context, t resize.Transform) (resize.Transform, error) {
	if t.Mark.Key == "" {
		return t, nil
	}
	seen, err := s.fresh.Recent(ctx, t.Mark.Key)
	if err != nil {
		return t, originals.Unreachable(err)
	}
	etag, err := seen.value()
	if errors.Is(err, fs.ErrNotExist) {
		return t, fmt.Errorf("%w: there is no %s", resize.ErrMark, t.Mark.Key)
	}
	t.Mark.Version = resize.MarkVersion(etag)
	return t, nil
}

// versionedAll returns transforms with the versions of their marks, without those whose marks are missing.
func (s *Server) versionedAll(ctx context.Context, ts []resize.Transform) ([]resize.Transform, error) {
	found := make([]resize.Transform, 0, len(ts))
	for _, t := range ts {
		t, err := s.versioned(ctx, t)
		switch {
		case err == nil:
			found = append(found, t)
		case errors.Is(err, resize.ErrMark):
			s.log.WarnContext(ctx, "variant not made early", "mark", t.Mark.Key, "err", err)
		default:
			return nil, err
		}
	}
	return found, nil
}

// takeMark gives the transform of an exchange the version of its mark.
func (s *Server) takeMark(ctx context.Context, x *exchange) error {
	if x.req.Transform.Mark.Key == "" {
		return nil
	}
	t, err := s.versioned(ctx, x.req.Transform)
	if err == nil {
		x.req.Transform, x.name = t, t.String()
	}
	return err
}

// IsMark reports whether the original with this key may be the mark of images of other originals.
func (s *Server) IsMark(key string) bool { return s.grammar.IsMark(key) }

// Recent returns what a look within the window found. A process that receives an event for every change of an original looks
// again after each.
func (f *freshness) Recent(ctx context.Context, key string) (sighting, error) {
	if f.window != Never {
		return f.recent(ctx, key, time.Now())
	}
	f.mu.Lock()
	seen, ok := f.seen.Get(key)
	f.mu.Unlock()
	if ok {
		return seen, nil
	}
	return f.Look(ctx, key)
}
