// Package server is the image origin: it answers GET /img/<key>?w=480 from memory, else from the store of
// variants, else by resizing the original once, however many wait.
//
//	GET /img/<key>?…                Grammar.Parse: parameters, signature, ladder, Accept
//	     │                              └─► an original's key and a transform in normal form
//	     ▼
//	  memory ──hit──► freshness.Check ──current──► http.ServeContent
//	     │ miss            └─ changed or gone: forget every variant of the original
//	     ▼
//	  store  ──hit──► freshness.Check ──current──► into memory, http.ServeContent
//	     │ miss
//	     ▼
//	  one flight for all who ask: open the original ► probe its header ► gate ► read ► resize ► put ► look again
//
// GET /v/<key>/<normal form> is the same with the transform already written out, as the edge function does.
// GET /info/<key> and /srcset/<key> tell about a picture, on the same journey.
// Errors come to a status in one table, faults.
package server

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/bucket"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/originals"
	"github.com/imgorigin/imgorigin/server/render"
)

// A Config says what a Server is made of. Originals and Engine are needed; every other zero field has a default.
type Config struct {
	Originals originals.Source
	Engine    resize.Engine
	Store     cache.Store // nil keeps nothing beyond the process

	Memory     int64         // bytes of variants kept in memory; 0 keeps none
	Revalidate time.Duration // how long a look at an original is good for; 0 looks every time, Never never
	MaxAge     time.Duration // for browsers and CloudFront; 0 makes them ask every time

	Ladder       grammar.Ladder // default [grammar.DefaultLadder]
	SignKeys     []string       // any of which signs a URL
	SignRequired bool           // refuse unsigned URLs
	Exact        bool           // give unsigned URLs exactly what they ask for: for trusted networks only

	WarmEngine resize.Engine     // that Warm uses; default Engine
	Quarantine render.Quarantine // of originals that will never decode; nil tries each time

	OriginSecrets    []string       // one of which who asks for pictures must send in SecretHeader; none lets all ask
	TrustedProxies   []netip.Prefix // whose word on who their client is counts
	FillsPerOriginal int            // different ones a minute; more are refused; 0 is no limit
	FillsPerNetwork  int            // different ones a minute that a /24 or /56 may ask for; 0 is no limit

	Fallback       string // key of the original that is shown where there is no picture, or none that decodes; "" is an error
	FallbackStatus int    // that it has, 200…599; default 404

	Siblings  []int // widths to make from the decode of the first variant that is asked for, where there is a store
	Mezzanine int   // longer side of what is kept of slow originals to make small variants from; 0 is none

	AVIFWait int // pixels up to which a negotiated AVIF is waited for; larger ones are answered as WebP until they are made; negative waits for all

	Limits       resize.Limits
	MaxBytes     int64         // of an original; default 100 MiB
	GateBytes    int64         // of memory in all that fills may hold; default 512 MiB
	GateQueue    int           // fills that wait for it before more are refused; default 256
	QueueTimeout time.Duration // that a fill waits for it; default 10 s; who would likely wait for more than half of it is refused at once
	Processors   int           // that resize at once; default GOMAXPROCS
	FillTimeout  time.Duration // for one fill, and for a request; default 25 s, below CloudFront's 30

	Metrics []prometheus.Collector // shown by Admin beside the server's own
	Tracer  trace.Tracer           // makes a span of each request and each leg of its journey; nil makes none
	Log     *slog.Logger           // default discards
}

// A Server is the origin. It is safe for concurrent use.
type Server struct {
	config  Config
	grammar grammar.Grammar

	memory    *cache.Memory
	originals *originals.Guarded
	store     cache.Store
	keeps     bool // anything beyond the answer

	reads    cache.Flights // of the store
	fills    cache.Flights
	renderer *render.Renderer
	work     sync.WaitGroup // of AVIF upgrades
	fresh    *freshness
	breakers []*admission.Breaker
	limits   *admission.Limits
	gate     *admission.Gate

	metrics      *metrics
	log          *slog.Logger
	cacheControl string
	draining     atomic.Bool
}

// New returns a server that is ready. Shutdown ends what it started.
func New(c Config) (*Server, error) {
	if c.Originals == nil || c.Engine == nil {
		return nil, errors.New("server: Originals and Engine are needed")
	}
	if len(c.Ladder.Widths)+len(c.Ladder.Ratios)+len(c.Ladder.Qualities) == 0 {
		c.Ladder = grammar.DefaultLadder()
	}
	ladder, err := c.Ladder.Normal()
	if err != nil {
		return nil, err
	}
	c.Ladder = ladder
	c.Limits = c.Limits.WithDefaults()
	c.MaxBytes = cmp.Or(c.MaxBytes, 100<<20)
	c.GateBytes = cmp.Or(c.GateBytes, 512<<20)
	c.GateQueue = cmp.Or(c.GateQueue, 256)
	c.QueueTimeout = cmp.Or(c.QueueTimeout, 10*time.Second)
	c.FillTimeout = cmp.Or(c.FillTimeout, 25*time.Second)
	c.Processors = cmp.Or(c.Processors, runtime.GOMAXPROCS(0))
	c.FallbackStatus = cmp.Or(c.FallbackStatus, http.StatusNotFound)
	if err := errors.Join(c.checkFallback(), c.checkSecrets()); err != nil {
		return nil, err
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Tracer != nil {
		c.Log = slog.New(tracedLog{c.Log.Handler()})
	}
	breakers := []*admission.Breaker{admission.NewBreaker("originals", bucket.IsOutage, c.Log)}
	guarded := originals.Guard(c.Originals, breakers[0])
	if c.Store != nil {
		breakers = append(breakers, admission.NewBreaker("variants", bucket.IsOutage, c.Log))
		c.Store = guardedStore{c.Store, breakers[1], min(storeTimeout, c.FillTimeout/4)}
	}
	s := &Server{
		config: c,
		grammar: grammar.Grammar{
			Ladder: ladder, Encodes: c.Engine.Encodes,
			SignKeys: c.SignKeys, SignRequired: c.SignRequired, Exact: c.Exact,
		},
		memory:    cache.NewMemory(c.Memory),
		originals: guarded,
		store:     c.Store,
		keeps:     c.Memory > 0 || c.Store != nil,
		fresh:     newFreshness(guarded, c.Revalidate, min(statTimeout, c.FillTimeout/4)),
		breakers:  breakers,
		limits:    admission.NewLimits(c.FillsPerOriginal, c.FillsPerNetwork),
		gate: admission.NewGate(admission.GateConfig{
			Bytes: c.GateBytes, Queue: c.GateQueue, Patience: c.QueueTimeout / 2, Processors: c.Processors,
		}),
		log:          c.Log,
		cacheControl: CacheControl(c.MaxAge),
	}
	rendererConfig := render.Config{
		Originals: guarded, Engine: c.Engine, Gate: s.gate, Limits: c.Limits, MaxBytes: c.MaxBytes,
		QueueTimeout: c.QueueTimeout, Timeout: c.FillTimeout, Quarantine: c.Quarantine,
		Saw:            func(original, etag string, at time.Time) { s.fresh.saw(original, sighting{etag, at}) },
		PrefetchWidths: c.Siblings, MezzanineSide: c.Mezzanine, Log: c.Log,
	}
	if c.Store != nil {
		rendererConfig.Cache = prefetchCache{s}
	}
	s.renderer = render.New(rendererConfig)
	s.metrics = newMetrics(s.renderer, s.gate, s.memory, s.breakers)
	s.metrics.registry.MustRegister(c.Metrics...)
	return s, nil
}

// Handler returns the server's routes for the world. [Server.Admin] has those for operators.
func (s *Server) Handler() chi.Router {
	r := chi.NewRouter()
	pictures := r.With(s.onlyOwn)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		pictures.MethodFunc(method, "/img/*", s.serveImage)
		pictures.MethodFunc(method, "/v/*", s.serveVariant)
		pictures.MethodFunc(method, "/info/*", s.serveInfo)
		pictures.MethodFunc(method, "/srcset/*", s.serveSrcset)
		r.MethodFunc(method, "/healthz", s.serveHealth)
		r.MethodFunc(method, "/readyz", s.serveReady)
	}
	return r
}

// Metrics returns what /metrics shows.
func (s *Server) Metrics() prometheus.Gatherer { return s.metrics.registry }

// Drain makes /readyz say that no more requests should come.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown waits for the fills whose callers have left, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	return errors.Join(s.reads.Wait(ctx), s.fills.Wait(ctx), waitFor(ctx, &s.work), s.renderer.Wait(ctx))
}

func waitFor(ctx context.Context, work *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request) {
	replyText(w, http.StatusOK, "ok")
}

// serveReady says no only when no requests should come. A bucket that does not answer is the same for every process:
// if all of them said no, pictures that are in memory could not be served either.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		replyText(w, http.StatusServiceUnavailable, "draining")
		return
	}
	state := "ready"
	for _, b := range s.breakers {
		if b.IsOpen() {
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
