package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/warm"
	"github.com/imgorigin/imgorigin/server/warm/cdn"
	"github.com/imgorigin/imgorigin/server/warm/intake"
	"github.com/imgorigin/imgorigin/server/warm/sweep"
)

// warmMetrics are the metrics of the packages that keep variants up to date with their originals. All of them are
// exported by every command that works on originals and variants, whether or not it has a queue or a distribution.
type warmMetrics struct {
	warm   *warm.Metrics
	intake *intake.Metrics
	cdn    *cdn.Metrics
	sweep  *sweep.Metrics
}

func newWarmMetrics() warmMetrics {
	return warmMetrics{warm.NewMetrics(), intake.NewMetrics(), cdn.NewMetrics(), sweep.NewMetrics()}
}

func (m warmMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.warm, m.intake, m.cdn, m.sweep}
}
