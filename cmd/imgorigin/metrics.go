package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/cdn"
)

// warmMetrics are the metrics of the packages that keep variants up to date with their originals. All of them are
// exported by every command that works on a site, whether or not it has a queue or a distribution.
type warmMetrics struct {
	warm *warm.Metrics
	cdn  *cdn.Metrics
}

func newWarmMetrics() warmMetrics { return warmMetrics{warm.NewMetrics(), cdn.NewMetrics()} }

func (m warmMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.warm, m.cdn}
}
