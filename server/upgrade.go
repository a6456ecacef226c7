package server

import (
	"context"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// isSlow reports whether a request should get a stand-in instead of waiting: it comes to an AVIF of more pixels than
// [Config.AVIFWait], and it did not ask for AVIF by name. Behind the edge function that can't be seen, and a request
// for AVIF by name may get WebP for a moment. Where nothing is kept, no later request would find the AVIF.
func (s *Server) isSlow(req grammar.Request) bool {
	t := req.Transform
	return req.AllowsStandIn && t.Format == resize.AVIF && s.keeps() &&
		s.config.AVIFWait >= 0 && estimatePixels(t) > s.config.AVIFWait
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

// standInFor returns the transform that is answered until t is made.
func (s *Server) standInFor(t resize.Transform) resize.Transform {
	t.Format = resize.WebP
	if !s.config.Engine.Encodes(resize.WebP) {
		t.Format = resize.Auto
	}
	return t.Normal()
}

// upgrade makes a variant in the background, for later requests, unless that is under way. It joins the batch of its
// stand-in, if the decode has not begun.
func (s *Server) upgrade(ctx context.Context, original string, t resize.Transform) {
	k := cache.Key{Original: original, Transform: t.String()}
	if _, isRunning := s.upgrading.LoadOrStore(k, nil); isRunning {
		return // thousands of requests may be answered with the stand-in meanwhile
	}
	ctx = context.WithoutCancel(ctx)
	s.upgrades.Go(func() {
		defer s.upgrading.Delete(k)
		_, joined, err := s.fills.Do(ctx, k, longestFill(s.config.Load.FillTimeout), func(ctx context.Context) (*cache.Variant, error) {
			if v, ok := s.memory.Get(k); ok {
				return v, nil // the upgrade of another request was quicker
			}
			v, err := s.fill(ctx, k, t, newLegs(ctx))
			if err == nil {
				s.metrics.upgrades.Inc()
			}
			return v, err
		})
		if err != nil && !joined { // no request reports it
			s.log.WarnContext(ctx, "avif not made", "original", original, "transform", k.Transform, "err", err)
		}
	})
}
