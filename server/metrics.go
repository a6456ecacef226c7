package server

import (
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server/admission"
	"github.com/imgorigin/imgorigin/server/render"
)

// metrics are what /metrics shows. Every name begins with imgorigin_.
type metrics struct {
	registry *prometheus.Registry

	requests       *prometheus.CounterVec   // source, status
	requestSeconds *prometheus.HistogramVec // source
	fills          *prometheus.CounterVec   // result
	legSeconds     *prometheus.HistogramVec // leg
	coalesced      prometheus.Counter
	drafts         prometheus.Counter
	finals         *prometheus.CounterVec // result
	bytesSaved     prometheus.Counter
	bytesSent      *prometheus.CounterVec // to
	bytesToClients prometheus.Counter     // of bytesSent
	storeErrors    *prometheus.CounterVec // act
	limited        *prometheus.CounterVec // of
	failedBefore   prometheus.Counter

	outcomes sync.Map // the *outcomeMetrics of each outcome that there was
}

// An outcome is what becomes of a request, as far as metrics tell.
type outcome struct {
	source source
	status int
}

// outcomeMetrics are the series of an outcome: looking them up by their labels takes longer than counting.
type outcomeMetrics struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

func (ms *metrics) of(o outcome) *outcomeMetrics {
	if known, ok := ms.outcomes.Load(o); ok {
		return known.(*outcomeMetrics)
	}
	known, _ := ms.outcomes.LoadOrStore(o, &outcomeMetrics{
		requests: ms.requests.WithLabelValues(string(o.source), strconv.Itoa(o.status)),
		seconds:  ms.requestSeconds.WithLabelValues(string(o.source)),
	})
	return known.(*outcomeMetrics)
}

func newMetrics(r *render.Renderer, g *admission.Gate, m *cache.Memory, breakers []*admission.Breaker) *metrics {
	ms := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("requests_total", "Requests for images, by where the answer came from and its status.", "source", "status"),
		fills: counters("fills_total",
			"Variants made: ok, error, overtaken by a change of the original, or unverified because the original could not be checked again.",
			"result"),
		coalesced: prometheus.NewCounter(prometheus.CounterOpts(opts("coalesced_requests_total",
			"Requests that joined a fill or a store read under way."))),
		drafts: prometheus.NewCounter(prometheus.CounterOpts(opts("drafts_total", "Variants that were stored as drafts."))),
		finals: counters("finals_total", "Drafts that became finals: made in the place of the draft, kept because what was "+
			"made was not smaller, failed and kept for that, found to be made elsewhere; or refused because too many waited.", "result"),
		bytesSaved: prometheus.NewCounter(prometheus.CounterOpts(opts("finals_saved_bytes_total",
			"Bytes that finals are smaller than the drafts that they replaced."))),
		bytesSent: counters("sent_bytes_total", "Bytes of variants sent, to clients and to the store.", "to"),
		limited:   counters("limited_requests_total", "Requests refused because of too many new variants of an original or for a network.", "of"),
		failedBefore: prometheus.NewCounter(prometheus.CounterOpts(opts("repeated_errors_total",
			"Requests answered with the error of a fill that failed a short time before."))),
		storeErrors: counters("store_errors_total", "Failures of the variants store, by act.", "act"),
		requestSeconds: histograms("request_seconds", "Time of requests for images, by where the answer came from.", []float64{
			.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30,
		}, "source"),
		legSeconds: histograms("fill_seconds", "Time of each leg of a fill.", []float64{
			.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30,
		}, "leg"),
	}
	ms.registry.MustRegister(r, ms.requests, ms.requestSeconds, ms.fills, ms.coalesced, ms.drafts, ms.finals, ms.bytesSaved, ms.bytesSent,
		ms.storeErrors, ms.limited, ms.failedBefore, ms.legSeconds,
		gauge("gate_bytes", "Memory that fills hold, as estimated.", func() float64 { return float64(g.Stats().Bytes) }),
		gauge("gate_budget_bytes", "Memory that fills may hold.", func() float64 { return float64(g.Stats().Budget) }),
		gauge("gate_waiting", "Fills that wait for memory.", func() float64 { return float64(g.Stats().Waiting) }),
		counter("gate_refusals_total", "Fills refused because the queue was full or the wait too long.",
			func() float64 { return float64(g.Stats().Refusals) }),
		gauge("memory_bytes", "Bytes of variants in memory.", func() float64 { return float64(m.Bytes()) }),
		gauge("memory_in_use_bytes", "Bytes of variants that are no longer held, and are being sent or stored.",
			func() float64 { return float64(m.InUse()) }),
		gauge("memory_variants", "Variants in memory.", func() float64 { return float64(m.Len()) }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	begin(ms.fills, "ok", "error", "overtaken", "unverified", "sibling", "warm")
	begin(ms.finals, finalMade, finalKept, finalFailed, finalElsewhere, finalRefused)
	begin(ms.bytesSent, "client", "store")
	ms.bytesToClients = ms.bytesSent.WithLabelValues("client")
	begin(ms.limited, "original", "network")
	begin(ms.storeErrors, "get", "put", "delete", "drop")
	for _, b := range breakers {
		ms.registry.MustRegister(
			ofBucket(b, prometheus.GaugeValue, "breaker_open",
				"Whether the breaker of a bucket is open because the bucket did not answer.", func() float64 {
					if b.IsOpen() {
						return 1
					}
					return 0
				}),
			ofBucket(b, prometheus.CounterValue, "breaker_trips_total",
				"How often a bucket did not answer several times in a row.", func() float64 { return float64(b.Trips()) }),
		)
	}
	return ms
}

// ofBucket returns a series with a label that names a bucket.
func ofBucket(b *admission.Breaker, kind prometheus.ValueType, name, help string, read func() float64) prometheus.Collector {
	o := opts(name, help)
	o.ConstLabels = prometheus.Labels{"bucket": b.Bucket()}
	if kind == prometheus.GaugeValue {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts(o), read)
	}
	return prometheus.NewCounterFunc(prometheus.CounterOpts(o), read)
}

func opts(name, help string) prometheus.Opts {
	return prometheus.Opts{Namespace: "imgorigin", Name: name, Help: help}
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts(opts(name, help)), labels)
}

// begin shows series before there is anything to count: a rate needs to have seen zero.
func begin(c *prometheus.CounterVec, values ...string) {
	for _, value := range values {
		c.WithLabelValues(value)
	}
}

func histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "imgorigin", Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts(name, help)), read)
}

func counter(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts(opts(name, help)), read)
}
