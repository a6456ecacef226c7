package warm

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/warm/quarantine"
)

// Metrics are what this package counts: a collector to register once. Share one between all parts of a process.
type Metrics struct {
	events      *prometheus.CounterVec // kind, result
	variants    *prometheus.CounterVec // result
	seconds     prometheus.Histogram
	quarantined *prometheus.CounterVec // reason
}

// NewMetrics returns metrics that nobody has registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		events: counters("events_total", "Events of originals, by kind and what came of them.", "kind", "result"),
		variants: counters("warm_variants_total",
			"Variants asked of the warmer: made, or skipped because they were there.", "result"),
		quarantined: counters("quarantined_total", "Originals set aside, by reason.", "reason"),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "imgorigin", Name: "warm_seconds", Help: "Time from an event's turn until its original is settled.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120},
		}),
	}
	// Seen before there is anything to count: a rate wants to have seen zero.
	for c, values := range map[*prometheus.CounterVec][]string{
		m.quarantined: {string(quarantine.Corrupt), string(quarantine.Unsupported), string(quarantine.TooLarge), string(quarantine.Exhausted)}, m.variants: {"made", "skipped"},
	} {
		for _, value := range values {
			c.WithLabelValues(value)
		}
	}
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "imgorigin", Name: name, Help: help}, labels)
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{
		m.events, m.variants, m.seconds, m.quarantined,
	}
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
