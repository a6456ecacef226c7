package sweep

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts the originals that were swept. It is a collector, to be registered once.
type Metrics struct{ swept *prometheus.CounterVec }

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "imgorigin", Name: "swept_total",
		Help: "Originals whose variants were swept, by result: stale and gone had variants to drop.",
	}, []string{"result"})}
	for _, result := range []Result{Clean, Stale, Gone, Failed, Unknown} { // a rate needs a zero before the first count
		m.swept.WithLabelValues(string(result))
	}
	return m
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) { m.swept.Describe(ch) }

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) { m.swept.Collect(ch) }
