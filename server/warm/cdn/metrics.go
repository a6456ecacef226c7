package cdn

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts the requests to CloudFront and what they invalidate. It is a collector, to be registered once.
type Metrics struct {
	invalidations *prometheus.CounterVec // result
	items         *prometheus.CounterVec // kind
	waiting       prometheus.Gauge
	waitSeconds   prometheus.Histogram
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		invalidations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "invalidations_total",
			Help: "Requests to invalidate paths or tags in CloudFront: ok, throttled or error.",
		}, []string{"result"}),
		items: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "invalidated_items_total",
			Help: "Items of the invalidations that CloudFront accepted, each of which is paid for: tag or wildcard.",
		}, []string{"kind"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "imgorigin", Name: "invalidations_waiting",
			Help: "Originals and prefixes that wait for the next request to CloudFront.",
		}),
		waitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "imgorigin", Name: "invalidation_wait_seconds",
			Help:    "Time until CloudFront accepts the invalidation of an original. It takes effect seconds to minutes later.",
			Buckets: []float64{1, 2.5, 5, 10, 30, 60, 120, 300, 900},
		}),
	}
	// A rate needs a zero before the first count.
	for _, result := range []string{"ok", "throttled", "error"} {
		m.invalidations.WithLabelValues(result)
	}
	for _, kind := range []string{"tag", "wildcard"} {
		m.items.WithLabelValues(kind)
	}
	return m
}

// accepted counts a request that CloudFront accepted.
func (m *Metrics) accepted(request inProgress) {
	m.invalidations.WithLabelValues("ok").Inc()
	m.items.WithLabelValues("tag").Add(float64(request.items))
	m.items.WithLabelValues("wildcard").Add(float64(request.wildcards))
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.invalidations, m.items, m.waiting, m.waitSeconds}
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
