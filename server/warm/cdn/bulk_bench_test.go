package cdn

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// BenchmarkBulk reports the simulated minutes until all deletes are accepted, the dead letters, the events that were put
// off because CloudFront was busy, the requests and their refusals, and the seconds in which 99 % of the uploads
// meanwhile were done.
func BenchmarkBulk(b *testing.B) {
	kinds := []struct {
		name             string
		processes, batch int
	}{{"worker", 1, 0}, {"workers=10", 10, 0}, {"Lambda=10", 10, 10}}
	for _, n := range []int{1000, 100_000} {
		for _, over := range []time.Duration{0, time.Hour} {
			for _, kind := range kinds {
				for _, tags := range []bool{true, false} {
					if n == 1000 && over > 0 || n > 1000 && !tags {
						continue // a thousand come at once, and paths take days for more
					}
					for _, removals := range []bool{false, true} {
						test := bulk{n, kind.processes, kind.batch, over, tags, removals}
						name := fmt.Sprintf("%d/over=%v/%s/tags=%t/removals=%t", n, over, kind.name, tags, removals)
						b.Run(name, func(b *testing.B) { benchmarkBulk(b, test) })
					}
				}
			}
		}
	}
}

func benchmarkBulk(b *testing.B, test bulk) {
	for b.Loop() {
		var r bulkResult
		inBubble(b, func(t *testing.T) { r = runBulk(t, test) })
		b.ReportMetric(r.took.Minutes(), "min")
		b.ReportMetric(r.both.Minutes(), "both-min")
		b.ReportMetric(float64(r.deadLetters), "dead")
		b.ReportMetric(float64(r.deferrals), "deferred")
		b.ReportMetric(float64(r.requests), "requests")
		b.ReportMetric(float64(r.refused), "refused")
		b.ReportMetric(r.uploadP99.Seconds(), "upload-p99-s")
		b.ReportMetric(0, "ns/op")
	}
}

// inBubble runs f in a bubble, which needs a *testing.T.
func inBubble(b *testing.B, f func(*testing.T)) {
	b.Helper()
	matchAll := func(string, string) (bool, error) { return true, nil }
	test := testing.InternalTest{Name: b.Name(), F: func(t *testing.T) { synctest.Test(t, f) }}
	if !testing.RunTests(matchAll, []testing.InternalTest{test}) {
		b.Fatal("the simulation failed")
	}
}
