package warmtest

import (
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Count returns the value of the counter or gauge imgorigin_<name> of c with these values of its labels, in the order
// of the labels' names. It is 0 when there is none.
func Count(t testing.TB, c prometheus.Collector, name string, labels ...string) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "imgorigin_"+name {
			continue
		}
		for _, metric := range family.GetMetric() {
			var values []string
			for _, pair := range metric.GetLabel() {
				values = append(values, pair.GetValue())
			}
			if slices.Equal(values, labels) {
				return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
			}
		}
	}
	return 0
}
