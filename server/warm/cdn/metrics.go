package cdn

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts the requests to CloudFront. It is a collector, to be registered once.
type Metrics struct {
	invalidations *prometheus.CounterVec // result
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "imgorigin", Name: "invalidations_total",
		Help: "Requests to invalidate paths in CloudFront: ok, throttled or error.",
	}, []string{"result"})}
	for _, result := range []string{"ok", "throttled", "error"} {
		m.invalidations.WithLabelValues(result) // a rate needs a zero before the first count
	}
	return m
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) { m.invalidations.Describe(ch) }

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(ch chan<- prometheus.Metric) { m.invalidations.Collect(ch) }
