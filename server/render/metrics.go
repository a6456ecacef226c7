package render

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a renderer counts. A Renderer is a [prometheus.Collector] of them.
type metrics struct {
	decodes    prometheus.Counter
	joined     prometheus.Counter
	mezzanines prometheus.Counter
	bytesRead  prometheus.Counter
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "imgorigin", Name: name, Help: help})
	}
	return &metrics{
		decodes:    counter("decodes_total", "Originals decoded."),
		joined:     counter("joined_decodes_total", "Variants made from a decode that was under way already."),
		mezzanines: counter("mezzanine_reads_total", "Decodes of a mezzanine in place of its original."),
		bytesRead:  counter("original_bytes_total", "Bytes of originals read."),
	}
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.decodes, m.joined, m.mezzanines, m.bytesRead}
}

// Describe implements [prometheus.Collector].
func (r *Renderer) Describe(descriptions chan<- *prometheus.Desc) {
	for _, c := range r.metrics.all() {
		c.Describe(descriptions)
	}
}

// Collect implements [prometheus.Collector].
func (r *Renderer) Collect(values chan<- prometheus.Metric) {
	for _, c := range r.metrics.all() {
		c.Collect(values)
	}
}
