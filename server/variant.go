package server

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/clientip"
)

// variant returns the variant that x asks for, or a draft of it, within the time that a fill has. A mark that changes before it is
// read is tried once more.
func (s *Server) variant(ctx context.Context, x *exchange) (*cache.Variant, error) {
	if err := s.takeMark(ctx, x); err != nil {
		return nil, err
	}
	v, err := s.variantOf(ctx, x)
	if !errors.Is(err, resize.ErrMark) {
		return v, err
	}
	name := x.name
	if errTake := s.takeMark(ctx, x); errTake != nil || x.name == name {
		return nil, err
	}
	return s.variantOf(ctx, x)
}

func (s *Server) variantOf(ctx context.Context, x *exchange) (*cache.Variant, error) {
	k := cache.Key{Original: x.req.Key, Transform: x.name}
	if v := s.lookUp(ctx, x, k); v != nil && suits(x.req, v) {
		return v, nil
	}
	if err := s.admit(ctx, x, k); err != nil {
		return nil, err
	}
	return s.fillShared(ctx, x, k)
}

// withDeadline returns ctx with the end of the time that x may wait. Only what waits for a store or a fill needs it: a
// memory hit does without its timer and four allocations.
func (s *Server) withDeadline(ctx context.Context, x *exchange) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, x.began.Add(s.config.Load.FillTimeout))
}

// admit returns the error of a fill that failed a moment ago, or an [admission.LimitError] for one that the limits don't
// allow.
func (s *Server) admit(ctx context.Context, x *exchange, k cache.Key) error {
	attempts, err := s.recentFailure(ctx, s.flightOf(x.req, k))
	if err != nil {
		return err
	}
	err = s.limits.Admit(k.Original, attemptName(k.Transform, attempts), clientip.Network(s.client(x.r)), time.Now())
	if limit, ok := errors.AsType[*admission.LimitError](err); ok {
		s.metrics.limited.WithLabelValues(limit.Of).Inc()
	}
	return err
}

// client returns the address of the client that sent r. With an origin secret, r came through CloudFront.
func (s *Server) client(r *http.Request) netip.Addr {
	return clientip.Proxies(s.config.Access.TrustedProxies).Client(r, len(s.config.Access.OriginSecrets) > 0)
}

// lookUp returns a current variant from memory or else from the store, nil if neither has one.
func (s *Server) lookUp(ctx context.Context, x *exchange, k cache.Key) *cache.Variant {
	x.key = k
	if v, ok := s.lookUpMemory(ctx, k); ok {
		if !s.isCurrent(ctx, x, k, v) {
			return nil
		}
		if v.Unstored {
			s.storeLater(ctx, k, v)
		}
		if v.Draft {
			s.revisit(k, x.req.Transform, v)
		}
		x.source = fromMemory
		return v
	}
	if s.store == nil {
		return nil
	}
	x.startLegs(ctx)
	ctx, cancel := s.withDeadline(ctx, x)
	defer cancel()
	v := s.lookUpStore(ctx, x, k)
	if v == nil || !s.isCurrent(ctx, x, k, v) {
		return nil
	}
	if v.Draft {
		s.revisit(k, x.req.Transform, v)
	}
	x.source = fromStore
	return v
}

func (s *Server) lookUpMemory(ctx context.Context, k cache.Key) (*cache.Variant, bool) {
	if s.config.Tracer != nil {
		defer func(began time.Time) { s.legSpan(ctx, "lookup", began, time.Now()) }(time.Now())
	}
	return s.memory.Get(k)
}

// storeTimeout bounds a call of the store: after that, making the variant is likely quicker than reading it.
const storeTimeout = 5 * time.Second

// lookUpStore returns the store's variant and puts it into memory, whether or not it is current. It returns nil if there is
// none, or if the store fails.
func (s *Server) lookUpStore(ctx context.Context, x *exchange, k cache.Key) *cache.Variant {
	v, joined, err := s.storeReads.Do(ctx, k, storeTimeout, func(ctx context.Context) (*cache.Variant, error) {
		defer s.endLeg(x.legs, "store", time.Now())
		return s.readStore(ctx, k)
	})
	x.joined = joined
	if err != nil {
		s.reportRead(ctx, k, err)
		return nil
	}
	return v
}

// readStore reads a variant from the store and puts it into memory: without its body if that is large, or if there is no
// room for it beside the bodies that are being sent.
func (s *Server) readStore(ctx context.Context, k cache.Key) (*cache.Variant, error) {
	began := s.memory.Begin()
	opened, err := s.store.Open(ctx, k, 0)
	if err != nil {
		return nil, err
	}
	if opened.Size > s.largestHeld || !s.memory.Reserve(opened.Size) {
		opened.Close()
		s.memory.Put(k, &opened.Variant, began)
		return &opened.Variant, nil
	}
	defer s.memory.Unreserve(opened.Size)
	v, err := cache.ReadAll(ctx, s.store, k, opened)
	if err != nil {
		return nil, err
	}
	s.memory.Put(k, v, began)
	return v, nil
}

// reportRead counts and logs an error of reading from the store.
func (s *Server) reportRead(ctx context.Context, k cache.Key, err error) {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, admission.ErrOpen) || ctx.Err() != nil {
		return
	}
	s.metrics.storeErrors.WithLabelValues("get").Inc()
	s.log.WarnContext(ctx, "stored variant not read", "original", k.Original, "transform", k.Transform, "err", err)
}

// isCurrent reports whether a kept variant may be served. One that may not is forgotten with all others of its
// original that are not of the present state. An original that can't be checked is not a reason to withhold a variant, but
// one for caches not to keep the answer for long.
func (s *Server) isCurrent(ctx context.Context, x *exchange, k cache.Key, v *cache.Variant) bool {
	verdict, etag, err := s.fresh.Check(ctx, k.Original, v.OriginalETag)
	if err != nil && !errors.Is(err, errBackoff) && ctx.Err() == nil {
		s.log.WarnContext(ctx, "original not checked, serving its variant", "original", k.Original, "err", err)
	}
	switch verdict {
	case current:
		x.unchecked = err != nil
		return true
	case changed:
		s.forgetStale(context.WithoutCancel(ctx), k.Original, etag)
	case gone:
		s.forget(context.WithoutCancel(ctx), k.Original)
	}
	return false
}

// fillShared makes a variant, or waits for the flight of another request that does.
func (s *Server) fillShared(ctx context.Context, x *exchange, k cache.Key) (*cache.Variant, error) {
	x.source = fromFill
	x.startLegs(ctx)
	ctx, cancel := s.withDeadline(ctx, x)
	defer cancel()
	network := clientip.Network(s.client(x.r))
	flight, timeout := s.flightOf(x.req, k), longestFill(s.config.Load.FillTimeout)
	v, joined, err := s.fills.Do(ctx, flight, timeout, func(ctx context.Context) (*cache.Variant, error) {
		v, err := s.fill(ctx, k, x.req, x.legs)
		if err == nil {
			s.limits.Charge(k.Original, network, int64(len(v.Body)), time.Now())
		}
		return v, err
	})
	x.joined = joined
	return v, err
}
