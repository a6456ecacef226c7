package intake

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what comes in by queue and webhook. It is a collector, to be registered once; all consumers, hooks and
// pools of a process share it.
type Metrics struct {
	messages *prometheus.CounterVec // result
	inFlight prometheus.Gauge
	queued   prometheus.Gauge
	hooks    *prometheus.CounterVec // result
}

// NewMetrics returns metrics that are not registered yet.
func NewMetrics() *Metrics {
	m := &Metrics{
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "queue_messages_total",
			Help: "Messages of the queue: done, failed, deferred because of an outage, released unfinished, or undeleted.",
		}, []string{"result"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "imgorigin", Name: "queue_in_flight", Help: "Messages of the queue being worked on.",
		}),
		queued: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "imgorigin", Name: "hook_queued", Help: "Events of the webhook that wait in memory.",
		}),
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "imgorigin", Name: "hook_requests_total",
			Help: "Requests to the webhook: queued, empty, busy, refused or bad.",
		}, []string{"result"}),
	}
	for _, result := range []string{"done", "failed", "deferred", "released", "undeleted"} {
		m.messages.WithLabelValues(result) // a rate needs a zero before the first count
	}
	return m
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.messages, m.inFlight, m.queued, m.hooks}
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
