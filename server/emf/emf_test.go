package emf

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A fakeServer has some of a server's metrics.
type fakeServer struct {
	*prometheus.Registry
	requests *prometheus.CounterVec
	waiting  prometheus.Gauge
	took     prometheus.Histogram
}

func newFakeServer() *fakeServer {
	s := &fakeServer{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "imgorigin_requests_total"}, []string{"source", "status"}),
		waiting:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "imgorigin_gate_waiting"}),
		took:     prometheus.NewHistogram(prometheus.HistogramOpts{Name: requestSeconds, Buckets: []float64{1, 2}}),
	}
	s.MustRegister(s.requests, s.waiting, s.took)
	return s
}

func (s *fakeServer) request(source, status string, seconds float64) {
	s.requests.WithLabelValues(source, status).Inc()
	s.took.Observe(seconds)
}

// numbers returns the metrics of a line, by name.
func numbers(t *testing.T, line []byte) map[string]float64 {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	values := make(map[string]float64)
	for name, value := range fields {
		if n, ok := value.(float64); ok {
			values[name] = n
		}
	}
	return values
}

// A line counts what happened since the line before it, and shows gauges as they are.
func TestLinesCountSinceTheLast(t *testing.T) {
	s := newFakeServer()
	s.request("memory", "200", 1.5) // before the exporter counts
	var out bytes.Buffer
	e := New(Config{
		Namespace: "photos", Every: time.Minute, Output: &out, Metrics: s, Requests: true, Log: slog.New(slog.DiscardHandler),
	})
	s.request("memory", "200", 1.5)
	s.request("store", "200", 1.5)
	s.request("none", "404", 1.5)
	s.waiting.Set(3)
	e.write(0)
	e.write(0)
	lines := bytes.SplitAfter(out.Bytes(), []byte("\n"))
	if len(lines) != 3 {
		t.Fatalf("got %q, want two lines", lines)
	}
	first, second := numbers(t, lines[0]), numbers(t, lines[1])
	for name, want := range map[string]float64{
		"Requests": 3, "MemoryHits": 1, "StoreHits": 1, "ClientErrors": 1, "ServerErrors": 0, "Waiting": 3, "TookP50": 1.5,
	} {
		if first[name] != want {
			t.Errorf("first line: got %s %v, want %v", name, first[name], want)
		}
	}
	if second["Requests"] != 0 || second["Waiting"] != 3 {
		t.Errorf("second line: got %v", second)
	}
	if _, ok := second["TookP50"]; ok {
		t.Errorf("second line: got quantiles of no requests: %v", second)
	}
}

// Lines hold what the process is for: CloudWatch bills every metric of every process.
func TestLinesHoldWhatIsSelected(t *testing.T) {
	s := newFakeServer()
	events := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "imgorigin_events_total"}, []string{"kind", "result"})
	swept := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "imgorigin_swept_total"}, []string{"result"})
	s.MustRegister(events, swept)
	for _, test := range []struct{ requests, events, sweeps bool }{
		{}, {requests: true}, {events: true}, {requests: true, events: true}, {sweeps: true},
	} {
		var out bytes.Buffer
		e := New(Config{
			Namespace: "photos", Every: time.Minute, Output: &out, Metrics: s, Requests: test.requests, Events: test.events,
			Sweeps: test.sweeps, Log: slog.New(slog.DiscardHandler),
		})
		s.request("memory", "200", 1)
		events.WithLabelValues("created", "warmed").Inc()
		events.WithLabelValues("second", "stale").Inc()
		for _, result := range []string{"clean", "stale", "gone", "failed"} {
			swept.WithLabelValues(result).Inc()
		}
		e.Write()
		line := numbers(t, out.Bytes())
		_, hasRequests := line["Requests"]
		_, hasTook := line["TookP50"]
		if hasRequests != test.requests || hasTook != test.requests {
			t.Errorf("%+v: got %v", test, line)
		}
		if n, ok := line["Events"]; ok != test.events || ok && (n != 2 || line["EventsWarmed"] != 1 || line["EventsStale"] != 1) {
			t.Errorf("%+v: got %v", test, line)
		}
		if n, ok := line["Swept"]; ok != test.sweeps || ok && (n != 4 || line["SweptStale"] != 2 || line["SweptFailed"] != 1) {
			t.Errorf("%+v: got %v", test, line)
		}
		if _, ok := line["Purges"]; ok != (test.events || test.sweeps) {
			t.Errorf("%+v: got %v", test, line)
		}
	}
}

// What a line that could not be written counted is part of the next line.
func TestNothingIsLostWhenWritingFails(t *testing.T) {
	s := newFakeServer()
	var out, log bytes.Buffer
	broken := true
	e := New(Config{
		Namespace: "photos", Every: time.Minute, Metrics: s, Requests: true, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Output: writerFunc(func(p []byte) (int, error) {
			if broken {
				return 0, errors.New("disk full")
			}
			return out.Write(p)
		}),
	})
	s.request("memory", "200", 1)
	e.write(0)
	broken = false
	s.request("memory", "200", 1)
	e.write(0)
	if got := numbers(t, out.Bytes())["Requests"]; got != 2 {
		t.Errorf("got %v requests, want 2", got)
	}
	if !strings.Contains(log.String(), "disk full") {
		t.Errorf("got log %q", &log)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRunWritesPerIntervalAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		e := New(Config{Every: time.Minute, Output: &out, Metrics: newFakeServer(), Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		e.Run(ctx)
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 3 {
			t.Errorf("got %d lines in two and a half minutes, want 3", n)
		}
	})
}

func TestWriteDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		e := New(Config{Every: time.Minute, Output: &out, Metrics: newFakeServer(), Log: slog.New(slog.DiscardHandler)})
		for range 5 {
			time.Sleep(25 * time.Second)
			e.WriteDue()
		}
		if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
			t.Errorf("got %d lines at 25, 50, 75, 100 and 125 s, want 1 at 75 s", n)
		}
	})
}

func TestNilExporterWritesNothing(t *testing.T) {
	var e *Exporter
	e.WriteDue()
	e.Run(t.Context())
}

// The package's comment lists every metric with its unit.
func TestDocListsTheMetrics(t *testing.T) {
	source, err := os.ReadFile("emf.go")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]string)
	for _, row := range regexp.MustCompile(`(?m)^//\t((?:\w+, )*\w+) +(Count|Bytes|Seconds) `).FindAllSubmatch(source, -1) {
		for name := range strings.SplitSeq(string(row[1]), ", ") {
			documented[name] = string(row[2])
		}
	}
	exported := map[string]string{"TookP50": "Seconds", "TookP99": "Seconds"}
	for _, m := range (Config{Requests: true, Events: true, Sweeps: true}).metrics() {
		exported[m.name] = m.unit
	}
	if !maps.Equal(documented, exported) {
		t.Errorf("documented are %v, exported %v", documented, exported)
	}
}

func TestQuantile(t *testing.T) {
	inf := math.Inf(1)
	for _, test := range []struct {
		of    map[float64]uint64
		share float64
		want  float64
	}{
		{map[float64]uint64{1: 0, 2: 10, inf: 10}, 0.5, 1.5},
		{map[float64]uint64{1: 10, 2: 10, inf: 10}, 0.99, 0.99},
		{map[float64]uint64{1: 5, 2: 5, inf: 10}, 0.99, 2},
		{map[float64]uint64{1: 5, 2: 10, inf: 10}, 0.75, 1.5},
	} {
		if got := quantile(test.of, test.share); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%v of %v: got %v, want %v", test.share, test.of, got, test.want)
		}
	}
}
