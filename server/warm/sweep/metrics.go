package sweep

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what sweeps find and drop. It is a collector, to be registered once.
type Metrics struct {
	originals *prometheus.CounterVec // result
	variants  prometheus.Counter
	drafts    prometheus.Counter
	sweeps    *prometheus.CounterVec // result
}

// The results of a sweep.
const (
	complete   = "complete"   // no original is left
	failures   = "failures"   // no original is left, but some failed
	incomplete = "incomplete" // it was interrupted, or the variants can't be listed
)

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		originals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "swept_total",
			Help: "Originals whose variants were swept, by result: stale and gone had variants to drop.",
		}, []string{"result"}),
		variants: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "swept_variants_total", Help: "Variants that sweeps dropped.",
		}),
		drafts: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "swept_drafts_total", Help: "Drafts without finals that sweeps found.",
		}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "sweeps_total",
			Help: "Sweeps that ended, by result: complete, failures of single originals, or incomplete.",
		}, []string{"result"}),
	}
	for _, result := range []Result{Clean, Stale, Gone, Failed, Unknown} { // a rate needs a zero before the first count
		m.originals.WithLabelValues(string(result))
	}
	for _, result := range []string{complete, failures, incomplete} {
		m.sweeps.WithLabelValues(result)
	}
	return m
}

// Ended counts a sweep that ended. [Sweep.Run] calls it; callers do so for a sweep that they could not begin.
func (m *Metrics) Ended(s Summary, err error) {
	result := complete
	switch {
	case err != nil || !s.Complete:
		result = incomplete
	case s.Failed > 0:
		result = failures
	}
	m.sweeps.WithLabelValues(result).Inc()
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range []prometheus.Collector{m.originals, m.variants, m.drafts, m.sweeps} {
		c.Describe(ch)
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{m.originals, m.variants, m.drafts, m.sweeps} {
		c.Collect(ch)
	}
}
