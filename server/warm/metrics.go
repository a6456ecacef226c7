package warm

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// Metrics counts what becomes of events and originals. It is a collector, to be registered once.
type Metrics struct {
	events      *prometheus.CounterVec // kind, result
	variants    *prometheus.CounterVec // result
	seconds     prometheus.Histogram
	quarantined *prometheus.CounterVec // reason
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		events: counters("events_total", "Events of originals, by kind and result.", "kind", "result"),
		variants: counters("warm_variants_total",
			"Variants to warm: made, or skipped because they were there.", "result"),
		quarantined: counters("quarantined_total", "Originals quarantined, by reason.", "reason"),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "imgorigin", Name: "warm_seconds",
			Help:    "Time of the work on an original, from its turn until it is settled.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}),
	}
	// A rate needs a zero before the first count.
	for _, result := range []string{"made", "skipped"} {
		m.variants.WithLabelValues(result)
	}
	for _, reason := range []quarantine.Reason{
		quarantine.Corrupt, quarantine.Unsupported, quarantine.TooLarge, quarantine.Exhausted,
	} {
		m.quarantined.WithLabelValues(string(reason))
	}
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "imgorigin", Name: name, Help: help}, labels)
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.events, m.variants, m.seconds, m.quarantined}
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(ch)
	}
}
