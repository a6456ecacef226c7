package server

import (
	"context"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// standInAge is how long caches may keep a stand-in: about as long as the AVIF takes.
const standInAge = 10 * time.Second

// isSlow tells whether nobody should wait for what a URL comes to: an AVIF of more pixels than the setting, unless it
// was asked for by name. Behind the edge that can't be told: who asks for AVIF by name there may get WebP for a moment.
// Where nothing is kept there is no later.
func (s *Server) isSlow(req grammar.Request) bool {
	t := req.Transform
	return req.AllowsStandIn && t.Format == resize.AVIF && s.keeps() && s.config.AVIFWait >= 0 && pixelsOf(t) > s.config.AVIFWait
}

// pixelsOf returns about how many pixels a transform makes, as of a photograph of 3:2; without sides that is many.
func pixelsOf(t resize.Transform) int {
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

// standIn returns the transform that is answered meanwhile.
func (s *Server) standIn(t resize.Transform) resize.Transform {
	t.Format = resize.WebP
	if !s.config.Engine.Encodes(resize.WebP) {
		t.Format = resize.Auto
	}
	return t.Normal()
}

// upgrade makes the variant in the background, for the next who ask. It joins the batch of the stand-in, if the
// decode has not begun.
func (s *Server) upgrade(ctx context.Context, original string, t resize.Transform) {
	k := cache.Key{Original: original, Transform: t.String()}
	s.upgrades.Go(func() {
		_, joined, err := s.fills.Do(context.WithoutCancel(ctx), k, s.config.Load.FillTimeout, func(ctx context.Context) (*cache.Variant, error) {
			if v, ok := s.memory.Get(k); ok {
				return v, nil // somebody else's upgrade was quicker
			}
			v, err := s.fill(ctx, k, t, newLegs(ctx))
			if err == nil {
				s.metrics.upgrades.Inc()
			}
			return v, err
		})
		if err != nil && !joined { // nobody's request tells of it
			s.log.WarnContext(ctx, "avif not made", "original", original, "transform", k.Transform, "err", err)
		}
	})
}
