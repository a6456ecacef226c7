package server

import (
	"net/http"
	"net/http/pprof"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin returns the routes for operators, which clients must not reach: /metrics for Prometheus, /debug/state, which is
// the [Server.State] as JSON, and /debug/pprof/. The command line, which net/http/pprof shows too, is not among them: it may have
// the keys of signatures, and who may read metrics need not know those.
func (s *Server) Admin() http.Handler {
	r := chi.NewRouter()
	// Scrapers that accept OpenMetrics get histograms with traces as exemplars.
	r.Method(http.MethodGet, "/metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	r.Get("/debug/state", s.serveState)
	r.Get("/debug/pprof/profile", pprof.Profile)
	r.Get("/debug/pprof/symbol", pprof.Symbol)
	r.Get("/debug/pprof/trace", pprof.Trace)
	r.Get("/debug/pprof/*", pprof.Index)
	return r
}
