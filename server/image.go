package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/clientip"
	"github.com/imgorigin/imgorigin/server/grammar"
)

// CacheControl returns the header that answers, and stored variants, carry. Past their age they may be served
// for a week while they are fetched again, so that nobody waits.
func CacheControl(maxAge time.Duration) string {
	if maxAge <= 0 {
		return "no-cache"
	}
	return fmt.Sprintf("public, max-age=%d, stale-while-revalidate=604800", int(maxAge.Seconds()))
}

// An exchange is one request for a picture, and what became of it.
type exchange struct {
	w     middleware.WrapResponseWriter
	r     *http.Request
	began time.Time

	req     grammar.Request
	source  source
	joined  bool  // a flight that another request began
	standIn bool  // the answer is in another format, until the right one is made
	write   write // what is answered of the variant; nil is the variant
	legs    *legs // nil until there is a journey
	err     error
}

// A write makes an answer from a variant that it leaves as it is.
type write func(v *cache.Variant) (*cache.Variant, error)

// A source says where an answer came from.
type source string

const (
	fromNone   source = "none" // an error
	fromMemory source = "memory"
	fromStore  source = "store"
	fromFill   source = "fill"

	fromFallback source = "fallback" // in place of an error
)

func (s *Server) serveImage(w http.ResponseWriter, r *http.Request) {
	// chi's own wildcard may still be escaped; URL.Path never is.
	key := strings.TrimPrefix(r.URL.Path, grammar.ImagePath)
	req, err := s.grammar.Parse(key, r.URL.RawQuery, r.Header.Get("Accept"), time.Now())
	s.serve(w, r, req, nil, err)
}

// SignedHeader carries the signed URL that a viewer sent, path and query, from the edge function that has
// rewritten it to the path of its variant. CloudFront's key leaves it out; so do answers that depend on it.
const SignedHeader = "X-Imgorigin-Signed"

func (s *Server) serveVariant(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, grammar.VariantPath)
	if signed := r.Header.Get(SignedHeader); signed != "" {
		req, err := s.grammar.ParseSigned(path, signed, time.Now())
		if err != nil {
			err = &passingError{err}
		}
		s.serve(w, r, req, nil, err)
		return
	}
	req, err := s.grammar.ParseVariant(path, r.URL.RawQuery, time.Now())
	s.serve(w, r, req, nil, err)
}

// serve answers a request that was read, or could not be, with what write makes of the variant; nil is the variant.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, req grammar.Request, write write, err error) {
	r = s.startSpan(r)
	x := exchange{
		w: middleware.NewWrapResponseWriter(w, r.ProtoMajor), r: r, began: time.Now(),
		req: req, write: write, err: err, source: fromNone,
	}
	defer s.finish(&x)
	if req.Negotiated {
		x.w.Header().Set("Vary", "Accept")
	}
	var v *cache.Variant
	if x.err == nil {
		v, x.err = s.variant(r.Context(), &x)
	}
	if x.err == nil && x.write != nil {
		v, x.err = x.write(v)
	}
	if x.err != nil && s.fallBack(&x) {
		return
	}
	if x.err != nil {
		x.source = fromNone
		replyError(x.w, r, x.err)
		return
	}
	s.reply(&x, v)
}

// variant finds or makes what x asks for, in the time that a fill has.
func (s *Server) variant(ctx context.Context, x *exchange) (*cache.Variant, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Load.FillTimeout)
	defer cancel()
	t := x.req.Transform
	if v := s.kept(ctx, x, t); v != nil {
		return v, nil
	}
	if err := s.admit(x, t); err != nil {
		return nil, err
	}
	if !s.isSlow(x.req) {
		return s.made(ctx, x, t)
	}
	x.standIn = true
	s.upgrade(ctx, x.req.Key, t)
	t = s.standIn(t)
	if v := s.kept(ctx, x, t); v != nil {
		return v, nil
	}
	return s.made(ctx, x, t)
}

// admit holds a request that costs a fill to the limits.
func (s *Server) admit(x *exchange, t resize.Transform) error {
	err := s.limits.Admit(x.req.Key, t.String(), clientip.Network(s.client(x.r)), time.Now())
	if limit, ok := errors.AsType[*admission.LimitError](err); ok {
		s.metrics.limited.WithLabelValues(limit.Of).Inc()
	}
	return err
}

// client returns the address of the client that sent r.
func (s *Server) client(r *http.Request) netip.Addr {
	return clientip.Proxies(s.config.Access.TrustedProxies).Client(r, len(s.config.Access.OriginSecrets) > 0)
}

// kept returns what memory or the store holds, nil if that is nothing.
func (s *Server) kept(ctx context.Context, x *exchange, t resize.Transform) *cache.Variant {
	k := cache.Key{Original: x.req.Key, Transform: t.String()}
	if v, ok := s.lookUp(ctx, k); ok {
		if s.isCurrent(ctx, k, v) {
			x.source = fromMemory
			return v
		}
	} else if s.store != nil {
		if x.legs == nil {
			x.legs = newLegs(ctx)
		}
		if v := s.stored(ctx, x, k); v != nil {
			x.source = fromStore
			return v
		}
	}
	return nil
}

// lookUp looks into memory.
func (s *Server) lookUp(ctx context.Context, k cache.Key) (*cache.Variant, bool) {
	if s.config.Tracer != nil {
		defer func(began time.Time) { s.legSpan(ctx, "lookup", began, time.Now()) }(time.Now())
	}
	return s.memory.Get(k)
}

// made makes a variant, or waits for who does.
func (s *Server) made(ctx context.Context, x *exchange, t resize.Transform) (*cache.Variant, error) {
	k := cache.Key{Original: x.req.Key, Transform: t.String()}
	if x.source = fromFill; x.legs == nil {
		x.legs = newLegs(ctx)
	}
	v, joined, err := s.fills.Do(ctx, k, s.config.Load.FillTimeout, func(ctx context.Context) (*cache.Variant, error) {
		return s.fill(ctx, k, t, x.legs)
	})
	x.joined = joined
	return v, err
}

// isCurrent tells whether a kept variant may be served. One that may not be is forgotten, with all others of
// its original. Originals that don't answer are no reason to withhold a picture.
func (s *Server) isCurrent(ctx context.Context, k cache.Key, v *cache.Variant) bool {
	verdict, err := s.fresh.Check(ctx, k.Original, v.OriginalETag)
	if err != nil && !errors.Is(err, errOut) && ctx.Err() == nil {
		s.log.WarnContext(ctx, "original not seen, serving what is kept", "original", k.Original, "err", err)
	}
	if verdict == current {
		return true
	}
	s.forget(context.WithoutCancel(ctx), k.Original)
	return false
}

// storeTimeout bounds a read of the store, beyond which making the variant is likely quicker, and a write.
const storeTimeout = 5 * time.Second

// stored returns the store's variant and puts it into memory; nil if there is none, none that is current, or
// the store fails.
func (s *Server) stored(ctx context.Context, x *exchange, k cache.Key) *cache.Variant {
	v, joined, err := s.storeReads.Do(ctx, k, storeTimeout, func(ctx context.Context) (*cache.Variant, error) {
		defer s.end(x.legs, "store", time.Now())
		v, err := s.store.Get(ctx, k)
		if err != nil {
			return nil, err
		}
		if !s.isCurrent(ctx, k, v) {
			return nil, fs.ErrNotExist
		}
		s.memory.Put(k, v)
		return v, nil
	})
	x.joined = joined
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, admission.ErrOpen) && ctx.Err() == nil {
		s.metrics.storeErrors.WithLabelValues("get").Inc()
		s.log.WarnContext(ctx, "stored variant not read", "original", k.Original, "transform", k.Transform, "err", err)
	}
	if err != nil {
		return nil
	}
	return v
}

func (s *Server) reply(x *exchange, v *cache.Variant) {
	h := x.w.Header()
	describeBody(h, v)
	h.Set("ETag", v.ETag)
	h.Set("Cache-Control", s.cacheControlUntil(x.req.Expires))
	if x.standIn {
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(standInAge.Seconds())))
	}
	h.Set("Cache-Status", x.cacheStatus())
	if x.legs != nil && !x.joined {
		h.Set("Server-Timing", x.legs.String())
	}
	http.ServeContent(x.w, x.r, "", v.Modified, bytes.NewReader(v.Body))
}

// describeBody says what a body is, and that it is nothing to run.
func describeBody(h http.Header, v *cache.Variant) {
	h.Set("Content-Type", v.MediaType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
}

// cacheControlUntil keeps caches from serving an expiring URL beyond its end.
func (s *Server) cacheControlUntil(expires time.Time) string {
	if expires.IsZero() || s.config.MaxAge <= 0 {
		return s.cacheControl
	}
	if left := time.Until(expires); left < s.config.MaxAge {
		return fmt.Sprintf("public, max-age=%d", max(0, int(left.Seconds())))
	}
	return s.cacheControl
}

// cacheStatus is the header of RFC 9211.
func (x *exchange) cacheStatus() string {
	switch {
	case x.source == fromMemory:
		return "imgorigin; hit; detail=memory"
	case x.source == fromStore:
		return "imgorigin; hit; detail=store"
	case x.joined:
		return "imgorigin; fwd=miss; collapsed; detail=fill"
	case x.legs.wasStored():
		return "imgorigin; fwd=miss; stored; detail=fill"
	}
	return "imgorigin; fwd=miss; detail=fill"
}

// finish counts and logs a request, once.
func (s *Server) finish(x *exchange) {
	status := x.w.Status()
	s.metrics.requests.WithLabelValues(string(x.source), strconv.Itoa(status)).Inc()
	took := time.Since(x.began)
	s.observe(x.r.Context(), s.metrics.took.WithLabelValues(string(x.source)), took)
	s.endSpan(x, status)
	s.metrics.bytesOut.WithLabelValues("client").Add(float64(x.w.BytesWritten()))
	if x.joined {
		s.metrics.coalesced.Inc()
	}
	ctx := x.r.Context()
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", x.r.Method),
		slog.String("path", x.r.URL.EscapedPath()),
		slog.String("original", x.req.Key),
		slog.String("transform", transformName(x.req)),
		slog.String("source", string(x.source)),
		slog.Int("status", status),
		slog.Int("bytes", x.w.BytesWritten()),
		slog.Duration("dur", took),
		slog.Int64("waiting", s.gate.Stats().Waiting),
	}
	if x.err != nil {
		attrs = append(attrs, slog.String("err", x.err.Error()))
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}

func transformName(req grammar.Request) string {
	if req.Transform == (resize.Transform{}) {
		return "" // the URL could not be read
	}
	return req.Transform.String()
}
