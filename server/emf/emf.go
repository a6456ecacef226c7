// Package emf exports the metrics of a server to Amazon CloudWatch through the process's log, in the embedded metric
// format: CloudWatch Logs turns each line into metrics, without an agent and without calls to an API.
//
// A line is one JSON object, as the [specification] has it:
//
//	{"_aws": {"Timestamp": 1789000000000, "CloudWatchMetrics": [{"Namespace": "photos", "Dimensions": [[]],
//	  "Metrics": [{"Name": "Requests", "Unit": "Count"}, …]}]}, "Requests": 17, …}
//
// Requests and everything else whose Prometheus name ends in _total is what was counted since the line before. The
// others are values at the time of the line. Of every process:
//
//	Fills, FillErrors, Decodes, StoreErrors                        Count    work done and failed
//	Waiting, OpenBreakers                                          Count    at the time of the line
//	GateBytes                                                      Bytes    at the time of the line
//
// With [Config.Requests]:
//
//	Requests, MemoryHits, StoreHits, ClientErrors, ServerErrors    Count    requests, by source and status
//	Refusals                                                       Count    requests that the gate refused
//	SentBytes                                                      Bytes    sent to clients
//	MemoryBytes                                                    Bytes    at the time of the line
//	Drafts, Finals, FinalsKept                                     Count    drafts, and what became of them
//	FinalsWaiting                                                  Count    drafts, at the time of the line
//	FinalsSavedBytes                                               Bytes    that finals are smaller than their drafts
//	TookP50, TookP99                                               Seconds  of requests since the line before, if any
//
// With [Config.Events]:
//
//	Events, EventsWarmed, EventsDropped, EventsFailed              Count    attempts to handle an event, by result
//	EventsStale                                                    Count    second settlements that found stale variants
//	EventsDeferred                                                 Count    sent again because of an outage
//	Quarantined, Corrupt, Unsupported, TooLarge, Exhausted         Count    originals quarantined, and each reason for it
//
// With [Config.Sweeps]:
//
//	Swept, SweptStale, SweptFailed                                 Count    originals that sweeps looked at, by result
//	SweptVariants                                                  Count    variants that sweeps dropped
//	SweepsFailed                                                   Count    sweeps that left originals, or failed for some
//
// With either of the two:
//
//	Purges, PurgesThrottled, PurgeErrors                           Count    requests to CloudFront, by result
//
// There are no dimensions: CloudWatch bills each combination of dimensions as a metric of its own.
//
// [specification]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package emf

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Config configures what an Exporter reads and where it writes. Every field but Requests, Events and Sweeps is required.
type Config struct {
	// Namespace is the namespace of the metrics in CloudWatch.
	Namespace string

	// Every is the interval between two lines.
	Every time.Duration

	// Output receives the lines. It is the log that CloudWatch Logs reads, as a rule the standard output. Each line
	// is one call of Write.
	Output io.Writer

	// Metrics are read for each line: those of server.Server.Metrics.
	Metrics prometheus.Gatherer

	// Requests includes the metrics of requests, Events those of events, Sweeps those of sweeps. CloudWatch bills each
	// metric, also one that never changes.
	Requests, Events, Sweeps bool

	// Log receives a warning for each line that can't be written. What was counted is then part of the next line.
	Log *slog.Logger
}

// An Exporter writes lines of metrics. A nil Exporter writes nothing. It is safe for concurrent use.
type Exporter struct {
	config Config

	mu      sync.Mutex
	written time.Time // of the last line
	last    reading   // that the last line was written from
}

// New returns an Exporter that counts from now on.
func New(c Config) *Exporter {
	e := &Exporter{config: c, written: time.Now()}
	e.last, _ = read(c.Metrics, c.metrics()) // an error will occur again at the first line, and is logged there
	return e
}

// Run writes a line per interval until ctx ends, and a last one then.
func (e *Exporter) Run(ctx context.Context) {
	if e == nil {
		return
	}
	ticks := time.NewTicker(e.config.Every)
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

// WriteDue writes a line if an interval has passed since the last one. It replaces Run in a process that is frozen
// between requests, where no ticker fires.
func (e *Exporter) WriteDue() {
	if e != nil {
		e.write(e.config.Every)
	}
}

// Write writes a line at once. It is for a process that may be frozen or ended at any time after it has returned a
// result, and would otherwise never report what it counted last.
func (e *Exporter) Write() {
	if e != nil {
		e.write(0)
	}
}

// write writes a line, unless the last one is younger than minAge.
func (e *Exporter) write(minAge time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if now.Sub(e.written) < minAge {
		return
	}
	current, err := read(e.config.Metrics, e.config.metrics())
	if err == nil {
		var line []byte
		if line, err = e.line(now, current); err == nil {
			_, err = e.config.Output.Write(line)
		}
	}
	if err != nil {
		e.config.Log.Warn("metrics not written", "err", err)
		return
	}
	e.written, e.last = now, current
}

// line returns the line that reports the difference between the last reading and the current one.
func (e *Exporter) line(now time.Time, current reading) ([]byte, error) {
	type definition struct{ Name, Unit string }
	var definitions []definition
	line := make(map[string]any)
	for _, m := range e.config.metrics() {
		value := current.sums[m.name]
		if m.isCounter() {
			value -= e.last.sums[m.name]
		}
		definitions = append(definitions, definition{m.name, m.unit})
		line[m.name] = value
	}
	since := make(map[float64]uint64)
	for bound, n := range current.buckets {
		since[bound] = n - e.last.buckets[bound]
	}
	if e.config.Requests && since[math.Inf(1)] > 0 {
		for name, share := range map[string]float64{"TookP50": 0.5, "TookP99": 0.99} {
			definitions = append(definitions, definition{name, "Seconds"})
			line[name] = quantile(since, share)
		}
	}
	line["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": e.config.Namespace, "Dimensions": [][]string{{}}, "Metrics": definitions,
		}},
	}
	out, err := json.Marshal(line)
	return append(out, '\n'), err
}
