package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// emfFlags are the settings of every command whose figures CloudWatch can have.
type emfFlags struct {
	EMF      string        `group:"sight" name:"emf" placeholder:"NAMESPACE" help:"Namespace of CloudWatch that the figures which matter go to, through the log (embedded metric format)."`
	EMFEvery time.Duration `group:"sight" name:"emf-every" default:"1m" help:"How often they do."`
}

// Validate is called by kong.
func (f emfFlags) Validate() error {
	if f.EMFEvery <= 0 {
		return fmt.Errorf("--emf-every %v: want more than nothing", f.EMFEvery)
	}
	return nil
}

// openEMF returns nil if nobody asks for figures.
func (f emfFlags) openEMF(w io.Writer, from prometheus.Gatherer, log *slog.Logger) *emfLog {
	if f.EMF == "" {
		return nil
	}
	e := &emfLog{w: w, from: from, log: log, namespace: f.EMF, every: f.EMFEvery, written: time.Now()}
	e.last, _ = e.read() // what fails will fail again, and be told then
	return e
}

// An emfLog writes what happened since the last line, for CloudWatch: one line of log makes all of its metrics. They
// have no dimensions, as each combination of those is a metric of its own to pay for. A nil one writes nothing.
type emfLog struct {
	w         io.Writer
	from      prometheus.Gatherer
	log       *slog.Logger
	namespace string
	every     time.Duration

	mu      sync.Mutex
	written time.Time
	last    figures
}

// run writes a line now and then, until ctx ends, and one at the end.
func (e *emfLog) run(ctx context.Context) {
	if e == nil {
		return
	}
	ticks := time.NewTicker(e.every)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			e.write(0)
		case <-ctx.Done():
			e.write(0)
			return
		}
	}
}

// writeDue writes a line if it is time: for a process that is frozen between requests.
func (e *emfLog) writeDue() {
	if e != nil {
		e.write(e.every)
	}
}

func (e *emfLog) write(every time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if now.Sub(e.written) < every {
		return
	}
	read, err := e.read()
	if err == nil {
		var line []byte
		if line, err = e.line(now, read); err == nil {
			_, err = e.w.Write(line)
		}
	}
	if err != nil {
		e.log.Warn("figures not written", "err", err)
		return
	}
	e.written, e.last = now, read
}

// figures are sums of series, and a histogram of the time that requests took.
type figures struct {
	sums    map[string]float64
	buckets map[float64]uint64 // cumulative, by upper bound in seconds
}

// An emfFigure is a metric of CloudWatch: the sum of some series of /metrics, since the last line if it is a counter.
type emfFigure struct {
	name, unit string
	family     string
	label      string // that a series must have
	is         func(value string) bool
}

func begins(with string) func(string) bool {
	return func(value string) bool { return strings.HasPrefix(value, with) }
}

func is(one string) func(string) bool { return func(value string) bool { return value == one } }

func isNot(one string) func(string) bool { return func(value string) bool { return value != one } }

var emfFigures = []emfFigure{
	{"Requests", "Count", "imgorigin_requests_total", "", nil},
	{"MemoryHits", "Count", "imgorigin_requests_total", "source", is("memory")},
	{"StoreHits", "Count", "imgorigin_requests_total", "source", is("store")},
	{"ClientErrors", "Count", "imgorigin_requests_total", "status", begins("4")},
	{"ServerErrors", "Count", "imgorigin_requests_total", "status", begins("5")},
	{"SentBytes", "Bytes", "imgorigin_sent_bytes_total", "to", is("client")},
	{"Fills", "Count", "imgorigin_fills_total", "result", isNot("error")},
	{"FillErrors", "Count", "imgorigin_fills_total", "result", is("error")},
	{"Decodes", "Count", "imgorigin_decodes_total", "", nil},
	{"StoreErrors", "Count", "imgorigin_store_errors_total", "", nil},
	{"Refusals", "Count", "imgorigin_gate_refusals_total", "", nil},
	{"Waiting", "Count", "imgorigin_gate_waiting", "", nil},
	{"GateBytes", "Bytes", "imgorigin_gate_bytes", "", nil},
	{"MemoryBytes", "Bytes", "imgorigin_memory_bytes", "", nil},
	{"OpenBreakers", "Count", "imgorigin_breaker_open", "", nil},
}

const emfTook = "imgorigin_request_seconds"

func (e *emfLog) read() (figures, error) {
	families, err := e.from.Gather()
	read := figures{make(map[string]float64), make(map[float64]uint64)}
	for _, family := range families {
		for _, series := range family.GetMetric() {
			for _, f := range emfFigures {
				if f.family == family.GetName() && f.takes(series) {
					read.sums[f.name] += series.GetCounter().GetValue() + series.GetGauge().GetValue()
				}
			}
			if family.GetName() == emfTook {
				for _, b := range series.GetHistogram().GetBucket() {
					read.buckets[b.GetUpperBound()] += b.GetCumulativeCount()
				}
				read.buckets[math.Inf(1)] += series.GetHistogram().GetSampleCount()
			}
		}
	}
	return read, err
}

func (f emfFigure) takes(series *dto.Metric) bool {
	for _, label := range series.GetLabel() {
		if label.GetName() == f.label {
			return f.is(label.GetValue())
		}
	}
	return f.label == ""
}

func (f emfFigure) isCounter() bool { return strings.HasSuffix(f.family, "_total") }

// line is a line of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func (e *emfLog) line(now time.Time, read figures) ([]byte, error) {
	type metric struct{ Name, Unit string }
	var metrics []metric
	line := make(map[string]any)
	for _, f := range emfFigures {
		value := read.sums[f.name]
		if f.isCounter() {
			value -= e.last.sums[f.name]
		}
		metrics = append(metrics, metric{f.name, f.unit})
		line[f.name] = value
	}
	since := make(map[float64]uint64)
	for bound, n := range read.buckets {
		since[bound] = n - e.last.buckets[bound]
	}
	if since[math.Inf(1)] > 0 {
		for name, share := range map[string]float64{"TookP50": 0.5, "TookP99": 0.99} {
			metrics = append(metrics, metric{name, "Seconds"})
			line[name] = quantile(since, share)
		}
	}
	line["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": e.namespace, "Dimensions": [][]string{{}}, "Metrics": metrics,
		}},
	}
	out, err := json.Marshal(line)
	return append(out, '\n'), err
}

// quantile estimates a quantile of a histogram, as Prometheus does: evenly spread within a bucket, and the last bound
// for what lies beyond it.
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
