package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/render"
)

// Drafts say in which formats requests are first answered with a draft, an image that is made quickly. Such a draft is
// kept under the name of its variant, and caches may keep it briefly. When the gate has room, [Config.WarmEngine] makes
// the final from the original, which replaces the draft. Where nothing is kept, there are no drafts.
type Drafts struct {
	// Formats are the formats that have drafts. Without any, every request waits for its final, and WarmEngine makes
	// only what [Server.Warm] is asked for.
	Formats []resize.Format

	// AVIFWait is the number of pixels up to which the draft of a negotiated AVIF is an AVIF too. The draft of a larger one is
	// a WebP. With a negative number, drafts of AVIFs of any size are AVIFs. If the engine is slow to write AVIF, a positive
	// number counts as 0.
	AVIFWait int

	// Delay is how long a draft waits for its final at least: other widths of the same original are requested
	// meanwhile, and their finals come from the same decode.
	Delay time.Duration

	// Queue is the number of drafts that may wait for their finals. The default is 16,384, which take about 5 MB. A
	// draft that finds no place stays a draft, and is queued when a request finds it later.
	Queue int
}

// hasDrafts reports whether variants in a format are answered as drafts.
func (s *Server) hasDrafts(f resize.Format) bool {
	return slices.Contains(s.config.Drafts.Formats, f) && s.keeps()
}

// negotiates reports whether a request that does not name a format may get f. What takes long to write it gets only where
// something else answers it at first.
func (s *Server) negotiates(f resize.Format) bool {
	return !s.config.Engine.IsSlow(f) || s.hasDrafts(f)
}

// isDraft reports whether what the engine that answers requests has made is to be made again. A WebP that the engine found to
// be smaller than the AVIF that was asked for is not: the request may have asked for AVIF by name, and must find it again.
func (s *Server) isDraft(v render.Variant) bool {
	f := v.Transform.Format
	if f == resize.Auto {
		f = v.Format
	}
	return v.Name != render.MezzanineName && s.hasDrafts(f) && (f != resize.AVIF || v.Format == resize.AVIF)
}

// firstOf returns the transform that a request is answered with if its variant has to be made: its own, or for a large
// AVIF that of a WebP. A request that asks for AVIF by name gets one. Behind the edge function that can't be seen, and a
// request for AVIF by name may get WebP for a moment.
func (s *Server) firstOf(req grammar.Request) resize.Transform {
	t, wait := req.Transform, s.config.Drafts.AVIFWait
	if s.config.Engine.IsSlow(resize.AVIF) {
		wait = min(wait, 0)
	}
	if !req.AllowsStandIn || t.Format != resize.AVIF || !s.hasDrafts(resize.AVIF) || wait < 0 || estimatePixels(t) <= wait {
		return t
	}
	t.Format = resize.WebP
	if !s.config.Engine.Encodes(resize.WebP) {
		t.Format = resize.Auto
	}
	return t.Normal()
}

// estimatePixels returns about how many pixels a transform makes of a photograph of 3:2. Without sides it assumes the
// most.
func estimatePixels(t resize.Transform) int {
	switch {
	case t.Width == 0 && t.Height == 0:
		return resize.MaxSide * resize.MaxSide
	case t.Height == 0:
		return t.Width * t.Width * 2 / 3
	case t.Width == 0:
		return t.Height * t.Height * 3 / 2
	}
	return t.Width * t.Height
}

// suits reports whether a kept variant answers a request: a WebP that is the draft of an AVIF is none for a request that
// asks for AVIF by name.
func suits(req grammar.Request, v *cache.Variant) bool {
	return req.AllowsStandIn || req.Transform.Format != resize.AVIF || !v.Draft || v.MediaType == resize.AVIF.MediaType()
}

// flightOf returns the key of the flight that makes the variant of a request. Requests that are answered with different
// drafts of one variant don't wait for each other.
func (s *Server) flightOf(req grammar.Request, k cache.Key) cache.Key {
	negotiated := req
	negotiated.AllowsStandIn = true
	if s.firstOf(negotiated) != s.firstOf(req) {
		k.Transform += " by name"
	}
	return k
}

// makeFirst makes what a request is answered with. The draft of an AVIF may be there already, under a name of its own: what
// is warmed is WebP. If no WebP is within the bytes that the request allows, the AVIF itself is made, which may be.
func (s *Server) makeFirst(ctx context.Context, k cache.Key, req grammar.Request, legs *legs) (*cache.Variant, error) {
	t := s.firstOf(req)
	name := t.String()
	if name != k.Transform {
		if v := s.findWhole(ctx, cache.Key{Original: k.Original, Transform: name}); v != nil {
			draft := *v
			draft.Draft, draft.Unstored, draft.Modified = true, false, time.Now() // as if it was made now
			return &draft, nil
		}
	}
	rendered, err := s.renderer.Render(ctx, k.Original, t, s.observer(legs))
	if errors.Is(err, resize.ErrBytes) && t != req.Transform {
		name = k.Transform
		rendered, err = s.renderer.Render(ctx, k.Original, req.Transform, s.observer(legs))
	}
	if err != nil {
		return nil, err
	}
	v := s.newFirst(rendered)
	v.Draft = v.Draft || name != k.Transform
	return v, nil
}

// newFirst returns a variant that the engine which answers requests has made.
func (s *Server) newFirst(rendered render.Variant) *cache.Variant {
	v := newVariant(rendered)
	v.Draft = s.isDraft(rendered)
	return v
}

// findWhole returns a variant with its body from memory or from the store, whether or not it is current. It returns nil if
// neither has one, or if its body is large.
func (s *Server) findWhole(ctx context.Context, k cache.Key) *cache.Variant {
	v, ok := s.memory.Get(k)
	if !ok && s.store != nil {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		var err error
		if v, err = s.readStore(ctx, k); err != nil {
			s.reportRead(ctx, k, err)
		}
	}
	if v == nil || v.Body == nil {
		return nil
	}
	return v
}

// draftGrace is how long a draft that is found is left to the process that has made it.
const draftGrace = time.Minute

// revisit queues a draft that a request has found, if the process that made it has likely not queued it, or was ended since.
func (s *Server) revisit(k cache.Key, t resize.Transform, v *cache.Variant) {
	if len(s.config.Drafts.Formats) > 0 && time.Since(v.Modified) > draftGrace && s.finals.mayRetry() {
		s.wantFinal(k, t)
	}
}
