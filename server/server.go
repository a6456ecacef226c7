// Package server is the image origin: it answers GET /img/<key>?w=480 from memory, else from the store of variants,
// else by resizing the original once, however many clients are waiting.
//
//	GET /img/<key>?…                Grammar.Parse: parameters, signature, ladder, Accept
//	     │                              └─► an original's key and a transform in normal form
//	     ▼
//	  memory ──hit──► freshness.Check ──current──► http.ServeContent, of a large variant from the store
//	     │ miss            └─ changed or gone: forget every variant of the original
//	     ▼
//	  store  ──hit──► freshness.Check ──current──► into memory, http.ServeContent
//	     │ miss
//	     ▼
//	  one flight for all requests ─► Renderer.Render ─► put into memory and store ─► look at the original again
//
// What a fill makes may be a draft, which is quick to make. It is kept and answered as any variant, with a short age, and
// replaced when the gate has room (Drafts, finals):
//
//	draft ─► queue, by original ─► room at the gate? ─► Renderer.RenderAll, thoroughly ─► look at the original, put, look again
//
// What fails is remembered for a while, so that it is not tried for every request (failures). Bodies that are sent count as
// memory until they are (takeBody).
//
// GET /v/<key>/<normal form> is the same with the transform written out, as the edge function rewrites it.
// GET /info/<key> and /srcset/<key> describe an image, on the same journey. URLs that were written for other services are
// translated first (package dialect).
//
// The parts of the journey are packages of their own: grammar (the URL), originals (where images are read from),
// admission (limits, gate, breakers) and render (one decode for many variants). This package joins them: it decides
// what is fresh, what is kept, and what an error comes to, in one table (faults).
package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

// A Server is the origin. It is safe for concurrent use.
type Server struct {
	config Config
	urlParsers
	urls *urlMemo
	cors cors

	memory      *cache.Memory
	largestHeld int64       // bytes of a body, see the function of that name
	store       cache.Store // nil if there is none
	originals   *originals.Guarded
	fresh       *freshness

	limits   *admission.Limits
	failures *failures
	gate     *admission.Gate
	breakers []*admission.Breaker
	renderer *render.Renderer

	storeReads cache.Flights
	fills      cache.Flights
	background sync.WaitGroup // work that no request waits for
	again      *storeAgain
	finals     *finals
	finishing  sync.WaitGroup // the worker of finals

	metrics      *metrics
	log          *slog.Logger
	cacheControl []string
	briefly      []string // the Cache-Control of answers with briefAge
	isDraining   atomic.Bool
}

// New returns a server that is ready. Shutdown ends what it started.
func New(c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	urls, err := c.URLs.parsers(c.Engine.Encodes)
	if err != nil {
		return nil, err
	}
	var breakers []*admission.Breaker
	newBreaker := func(name string) *admission.Breaker {
		b := admission.NewBreaker(name, bucket.IsOutage, c.Log)
		breakers = append(breakers, b)
		return b
	}
	guarded := originals.Guard(c.Originals, func(prefix string) *admission.Breaker {
		return newBreaker(strings.TrimSpace("originals " + prefix))
	})
	if c.Store != nil {
		c.Store = guardedStore{c.Store, newBreaker("variants"), min(storeTimeout, c.Load.FillTimeout/4)}
	}
	s := &Server{
		config:      c,
		urlParsers:  urls,
		urls:        newURLMemo(),
		cors:        c.Access.CORS,
		memory:      cache.NewMemory(c.Memory),
		largestHeld: largestHeld(c.Memory),
		store:       c.Store,
		originals:   guarded,
		fresh:       newFreshness(guarded, c.Revalidate, min(statTimeout, c.Load.FillTimeout/4)),
		limits:      admission.NewLimits(c.Limits.FillsPerOriginal, c.Limits.FillsPerNetwork),
		failures:    newFailures(),
		gate: admission.NewGate(admission.GateConfig{
			Bytes: c.Load.GateBytes, Queue: c.Load.GateQueue, Patience: c.Load.QueueTimeout / 2,
			Processors: c.Load.Processors,
		}),
		breakers:     breakers,
		again:        newStoreAgain(),
		finals:       newFinals(c.Drafts.Queue),
		log:          c.Log,
		cacheControl: []string{CacheControl(c.MaxAge)},
		briefly:      []string{brief(c.MaxAge)},
	}
	s.grammar.Negotiates = s.negotiates
	s.renderer = s.newRenderer(guarded)
	s.metrics = newMetrics(s.renderer, s.gate, s.memory, s.breakers)
	s.metrics.registry.MustRegister(gauge("finals_waiting", "Drafts that wait for their finals.",
		func() float64 { return float64(s.finals.len()) }))
	s.metrics.registry.MustRegister(c.Metrics...)
	return s, nil
}

func (s *Server) newRenderer(source *originals.Guarded) *render.Renderer {
	c := render.Config{
		Originals: source, Engine: s.config.Engine, Gate: s.gate,
		Limits: s.config.Limits.Image, MaxBytes: s.config.Limits.Bytes,
		QueueTimeout: s.config.Load.QueueTimeout, Timeout: s.config.Load.FillTimeout,
		Quarantine: s.config.Quarantine,
		Saw: func(original, etag string, at time.Time) {
			s.fresh.saw(original, sighting{etag, at})
		},
		PrefetchWidths: s.config.Prefetch.Widths, MezzanineSide: s.config.Prefetch.MezzanineSide,
		Log: s.log,
	}
	if s.store != nil {
		c.Cache = prefetchCache{s}
	}
	if s.config.URLs.OnlyPresets {
		c.PrefetchWidths = nil // no unsigned URL asks for them
	}
	return render.New(c)
}

// keeps reports whether variants are kept beyond their answer.
func (s *Server) keeps() bool { return s.config.Memory > 0 || s.store != nil }

// Handler returns the routes for clients. Those for operators are in [Server.Admin].
func (s *Server) Handler() chi.Router {
	r := chi.NewRouter()
	images := r.With(s.requireOriginSecret)
	for _, path := range append(s.dialects.Paths(), "/img/*", "/v/*", "/info/*", "/srcset/*") {
		images.MethodFunc(http.MethodOptions, path, s.serveOptions)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		images.MethodFunc(method, "/img/*", s.serveImage)
		images.MethodFunc(method, "/v/*", s.serveVariant)
		images.MethodFunc(method, "/info/*", s.serveInfo)
		images.MethodFunc(method, "/srcset/*", s.serveSrcset)
		r.MethodFunc(method, "/healthz", s.serveHealth)
		r.MethodFunc(method, "/readyz", s.serveReady)
		for _, path := range s.dialects.Paths() {
			images.MethodFunc(method, path, s.serveTranslated)
		}
	}
	return r
}

// PassOn has next answer all paths that are not routes of [Server.Handler], and also only for clients that send an origin
// secret. Pages ask browsers for client hints, if URLs may depend on them.
func (s *Server) PassOn(routes chi.Router, next http.Handler) {
	routes.NotFound(s.requireOriginSecret(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.config.URLs.ClientHints {
			w.Header().Set("Accept-CH", grammar.AcceptHints)
		}
		next.ServeHTTP(w, r)
	})).ServeHTTP)
}

// HasOutage reports whether a bucket does not answer: its breaker is open.
func (s *Server) HasOutage() bool {
	return slices.ContainsFunc(s.breakers, (*admission.Breaker).IsOpen)
}

// Metrics returns what /metrics shows.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }

// Drain makes /readyz answer that no more requests should be sent.
func (s *Server) Drain() { s.isDraining.Store(true) }

// Shutdown waits for the fills whose clients have left, until ctx ends. Drafts that wait for their finals stay drafts.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	s.finals.close()
	idle := make(chan struct{})
	go func() { s.background.Wait(); close(idle) }()
	err := errors.Join(s.storeReads.Wait(ctx), s.fills.Wait(ctx), s.renderer.Wait(ctx))
	select {
	case <-idle:
		s.leaveFinals(ctx)
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	replyText(w, http.StatusOK, "ok")
}

// serveReady answers 503 only while the server drains. A bucket that does not answer is the same for every process: if
// all of them were unready, not even images in memory could be served.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	if s.isDraining.Load() {
		replyText(w, http.StatusServiceUnavailable, "draining")
		return
	}
	state := "ready"
	for _, b := range s.breakers {
		if cause := b.Cause(); cause == nil {
			continue
		} else if refusal := bucket.Refusal(cause); refusal != "" {
			state += "\ndegraded: " + b.Bucket() + ": " + refusal
		} else {
			state += "\ndegraded: " + b.Bucket() + " don't answer"
		}
	}
	replyText(w, http.StatusOK, state)
}

func replyText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write([]byte(text + "\n"))
}
