package emf

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// A metric is a metric in CloudWatch: the sum of those series of a Prometheus family whose label has a certain value.
type metric struct {
	name, unit string
	family     string
	label      string // that a series must have; "" sums all series
	matches    func(value string) bool
}

// workMetrics are what every line holds. A test holds the package's comment to them and to those below.
var workMetrics = []metric{
	{"Fills", "Count", "imgorigin_fills_total", "result", differsFrom("error")},
	{"FillErrors", "Count", "imgorigin_fills_total", "result", equals("error")},
	{"Decodes", "Count", "imgorigin_decodes_total", "", nil},
	{"StoreErrors", "Count", "imgorigin_store_errors_total", "", nil},
	{"Waiting", "Count", "imgorigin_gate_waiting", "", nil},
	{"GateBytes", "Bytes", "imgorigin_gate_bytes", "", nil},
	{"OpenBreakers", "Count", "imgorigin_breaker_open", "", nil},
}

// requestMetrics are what lines hold with [Config.Requests], beside the quantiles of requestSeconds.
var requestMetrics = []metric{
	{"Requests", "Count", "imgorigin_requests_total", "", nil},
	{"MemoryHits", "Count", "imgorigin_requests_total", "source", equals("memory")},
	{"StoreHits", "Count", "imgorigin_requests_total", "source", equals("store")},
	{"ClientErrors", "Count", "imgorigin_requests_total", "status", beginsWith("4")},
	{"ServerErrors", "Count", "imgorigin_requests_total", "status", beginsWith("5")},
	{"SentBytes", "Bytes", "imgorigin_sent_bytes_total", "to", equals("client")},
	{"Refusals", "Count", "imgorigin_gate_refusals_total", "", nil},
	{"MemoryBytes", "Bytes", "imgorigin_memory_bytes", "", nil},
	{"Drafts", "Count", "imgorigin_drafts_total", "", nil},
	{"Finals", "Count", "imgorigin_finals_total", "result", equals("made")},
	{"FinalsKept", "Count", "imgorigin_finals_total", "result", equals("kept")},
	{"FinalsWaiting", "Count", "imgorigin_finals_waiting", "", nil},
	{"FinalsSavedBytes", "Bytes", "imgorigin_finals_saved_bytes_total", "", nil},
}

// eventMetrics are what lines hold with [Config.Events].
var eventMetrics = []metric{
	{"Events", "Count", "imgorigin_events_total", "", nil},
	{"EventsWarmed", "Count", "imgorigin_events_total", "result", equals("warmed")},
	{"EventsDropped", "Count", "imgorigin_events_total", "result", equals("dropped")},
	{"EventsStale", "Count", "imgorigin_events_total", "result", equals("stale")},
	{"EventsFailed", "Count", "imgorigin_events_total", "result", equals("failed")},
	{"EventsDeferred", "Count", "imgorigin_queue_messages_total", "result", equals("deferred")},
	{"Quarantined", "Count", "imgorigin_quarantined_total", "", nil},
	{"Corrupt", "Count", "imgorigin_quarantined_total", "reason", equals("corrupt")},
	{"Unsupported", "Count", "imgorigin_quarantined_total", "reason", equals("unsupported")},
	{"TooLarge", "Count", "imgorigin_quarantined_total", "reason", equals("too large")},
	{"Exhausted", "Count", "imgorigin_quarantined_total", "reason", equals("exhausted")},
}

// sweepMetrics are what lines hold with [Config.Sweeps].
var sweepMetrics = []metric{
	{"Swept", "Count", "imgorigin_swept_total", "", nil},
	{"SweptStale", "Count", "imgorigin_swept_total", "result", func(v string) bool { return v == "stale" || v == "gone" }},
	{"SweptFailed", "Count", "imgorigin_swept_total", "result", equals("failed")},
	{"SweptVariants", "Count", "imgorigin_swept_variants_total", "", nil},
	{"SweepsFailed", "Count", "imgorigin_sweeps_total", "result", differsFrom("complete")},
}

// purgeMetrics are what lines hold with [Config.Events] or [Config.Sweeps].
var purgeMetrics = []metric{
	{"Purges", "Count", "imgorigin_invalidations_total", "result", equals("ok")},
	{"PurgesThrottled", "Count", "imgorigin_invalidations_total", "result", equals("throttled")},
	{"PurgeErrors", "Count", "imgorigin_invalidations_total", "result", equals("error")},
}

// metrics returns the metrics of a line.
func (c Config) metrics() []metric {
	all := slices.Clone(workMetrics)
	if c.Requests {
		all = append(all, requestMetrics...)
	}
	if c.Events {
		all = append(all, eventMetrics...)
	}
	if c.Sweeps {
		all = append(all, sweepMetrics...)
	}
	if c.Events || c.Sweeps {
		all = append(all, purgeMetrics...)
	}
	return all
}

// requestSeconds is the histogram that TookP50 and TookP99 are estimated from, over all of its series.
const requestSeconds = "imgorigin_request_seconds"

func equals(want string) func(string) bool {
	return func(value string) bool { return value == want }
}

func differsFrom(other string) func(string) bool {
	return func(value string) bool { return value != other }
}

func beginsWith(prefix string) func(string) bool {
	return func(value string) bool { return strings.HasPrefix(value, prefix) }
}

// includes reports whether a series is part of the sum.
func (m metric) includes(series *dto.Metric) bool {
	for _, label := range series.GetLabel() {
		if label.GetName() == m.label {
			return m.matches(label.GetValue())
		}
	}
	return m.label == ""
}

// isCounter reports whether the metric only grows, so that a line holds what was added since the line before.
func (m metric) isCounter() bool { return strings.HasSuffix(m.family, "_total") }

// A reading is what the server's metrics are at a moment.
type reading struct {
	sums    map[string]float64 // by the name in CloudWatch
	buckets map[float64]uint64 // of requestSeconds: cumulative counts, by upper bound in seconds
}

// read reads these metrics, and the histogram of requests.
func read(from prometheus.Gatherer, metrics []metric) (reading, error) {
	families, err := from.Gather()
	r := reading{make(map[string]float64), make(map[float64]uint64)}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			for _, m := range metrics {
				if m.family == family.GetName() && m.includes(series) {
					r.sums[m.name] += series.GetCounter().GetValue() + series.GetGauge().GetValue()
				}
			}
			if family.GetName() == requestSeconds {
				for _, b := range series.GetHistogram().GetBucket() {
					r.buckets[b.GetUpperBound()] += b.GetCumulativeCount()
				}
				r.buckets[math.Inf(1)] += series.GetHistogram().GetSampleCount()
			}
		}
	}
	return r, err
}

// quantile estimates a quantile of a histogram as Prometheus does: values are taken to be spread evenly within a
// bucket, and those beyond the last finite bound to lie on it.
func quantile(cumulative map[float64]uint64, share float64) float64 {
	want := share * float64(cumulative[math.Inf(1)])
	low, below := 0.0, 0.0
	for _, bound := range slices.Sorted(maps.Keys(cumulative)) {
		n := float64(cumulative[bound])
		if n >= want && !math.IsInf(bound, 1) {
			return low + (bound-low)*(want-below)/(n-below)
		}
		if !math.IsInf(bound, 1) {
			low, below = bound, n
		}
	}
	return low
}
