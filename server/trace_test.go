package server

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// startTraced is start with a recorder of spans.
func startTraced(t *testing.T, c Config) (*origin, *tracetest.InMemoryExporter) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t.Cleanup(func() { provider.Shutdown(t.Context()) })
	c.Tracer = provider.Tracer("test")
	return start(t, c), spans
}

// askedBy is the address of the client in [origin.ask].
var askedBy = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}

// ask calls the handler directly, without a connection: when it returns, the request has ended.
func (o *origin) ask(t *testing.T, path, header, value string) {
	t.Helper()
	r, w := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
	r.Header.Set(header, value)
	if o.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("%s: got %d", path, w.Code)
	}
}

const (
	w3cTrace   = "4bf92f3577b34da6a3ce929d0e0e4736"
	w3cParent  = "00f067aa0ba902b7"
	w3cHeader  = "00-" + w3cTrace + "-" + w3cParent + "-01"
	xrayHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
)

// namesOf returns the spans by name.
func namesOf(spans tracetest.SpanStubs) map[string]tracetest.SpanStub {
	all := make(map[string]tracetest.SpanStub)
	for _, span := range spans {
		all[span.Name] = span
	}
	return all
}

func TestSpansOfAMiss(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	var log bytes.Buffer
	o, spans := startTraced(t, Config{
		Originals: a, Store: newStore(), Memory: 1 << 20, Revalidate: Never, Access: Access{TrustedProxies: askedBy}, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	o.ask(t, "/img/cat.jpg?w=160", "traceparent", w3cHeader)
	o.settle()
	all := namesOf(spans.GetSpans())
	want := []string{"GET /img/*", "decode", "encode", "gate wait", "lookup", "original get", "original read",
		"processor wait", "put", "resize", "store get"}

	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, want) {
		t.Fatalf("got spans %q, want %q", got, want)
	}
	root := all["GET /img/*"]
	if got := root.Parent.SpanID().String(); got != w3cParent || !root.Parent.IsRemote() {
		t.Errorf("the request's parent is %s, want the remote %s", got, w3cParent)
	}
	attributes := make(map[string]string)
	for _, kv := range root.Attributes {
		attributes[string(kv.Key)] = kv.Value.String()
	}
	for key, want := range map[string]string{
		"http.response.status_code": "200", "imgorigin.source": "fill", "imgorigin.original": "cat.jpg", "imgorigin.transform": "w=160.auto", "url.path": "/img/cat.jpg",
	} {
		if got := attributes[key]; got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	for name, span := range all {
		if got := span.SpanContext.TraceID().String(); got != w3cTrace {
			t.Errorf("%s is of trace %s", name, got)
		}
		if name != "GET /img/*" && span.Parent.SpanID() != root.SpanContext.SpanID() {
			t.Errorf("%s is not below the request", name)
		}
		if span.StartTime.Before(root.StartTime) || span.EndTime.Before(span.StartTime) {
			t.Errorf("%s: %v to %v", name, span.StartTime, span.EndTime)
		}
	}
	var line struct {
		Trace string `json:"trace_id"`
		Span  string `json:"span_id"`
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Trace != w3cTrace || line.Span != root.SpanContext.SpanID().String() {
		t.Errorf("got the log %s", &log)
	}

	spans.Reset()
	o.ask(t, "/img/cat.jpg?w=160", "Accept", "*/*")
	if got := slices.Sorted(maps.Keys(namesOf(spans.GetSpans()))); !slices.Equal(got, []string{"GET /img/*", "lookup"}) {
		t.Errorf("of a hit: got spans %q", got)
	}
}

// Histograms have traces as exemplars, for scrapers that accept OpenMetrics.
func TestExemplars(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	o, _ := startTraced(t, Config{Originals: a, Access: Access{TrustedProxies: askedBy}})
	o.ask(t, "/img/cat.jpg?w=160", "traceparent", w3cHeader)
	request, answer := httptest.NewRequest(http.MethodGet, "/metrics", nil), httptest.NewRecorder()
	request.Header.Set("Accept", "application/openmetrics-text")
	o.Admin().ServeHTTP(answer, request)
	for _, want := range []string{`imgorigin_request_seconds_bucket{source="fill",`, `imgorigin_fill_seconds_bucket{leg="decode",`} {
		found := false
		for line := range strings.Lines(answer.Body.String()) {
			found = found || strings.HasPrefix(line, want) && strings.Contains(line, `# {trace_id="`+w3cTrace+`"}`)
		}
		if !found {
			t.Errorf("no example of %s", want)
		}
	}
}

// A client that is not a trusted proxy can neither have a trace recorded nor choose its id.
func TestTracesOfStrangers(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	for _, header := range [][2]string{{"traceparent", w3cHeader}, {"X-Amzn-Trace-Id", xrayHeader}} {
		o, spans := startTraced(t, Config{Originals: a})
		o.ask(t, "/img/cat.jpg?w=160", header[0], header[1])
		if span := namesOf(spans.GetSpans())["GET /img/*"]; span.Parent.IsValid() || !span.SpanContext.IsValid() {
			t.Errorf("%s: got the parent %v", header[0], span.Parent)
		}
	}
}

func TestTracesOfTrustedProxies(t *testing.T) {
	a := newOriginals()
	a.put("cat.jpg", photo(80, 60, 1))
	for _, test := range []struct{ header, value, trace string }{
		{"traceparent", w3cHeader, w3cTrace},
		{"X-Amzn-Trace-Id", xrayHeader, "5759e988bd862e3fe1be46a994272793"},
	} {
		o, spans := startTraced(t, Config{Originals: a, Access: Access{TrustedProxies: askedBy}})
		o.ask(t, "/img/cat.jpg?w=160", test.header, test.value)
		if got := namesOf(spans.GetSpans())["GET /img/*"].SpanContext.TraceID().String(); got != test.trace {
			t.Errorf("%s: got the trace %s, want %s", test.header, got, test.trace)
		}
	}
}

func TestXRay(t *testing.T) {
	const root = "5759e988bd862e3fe1be46a994272793"
	for header, want := range map[string][3]string{
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1":                {root, "53995c3f42cd8ad8", "01"},
		"Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793":          {root, "e1be46a994272793", "00"},
		"Root=1-5759e988-bd862e3fe1be46a994272793; Parent=53995c3f42cd8ad8; Sampled=?; Lineage=a:0": {root, "53995c3f42cd8ad8", "00"},
		"Root=2-5759e988-bd862e3fe1be46a994272793":                                                  {},
		"Root=1-5759e988":  {},
		"Root=1-zzzz;Root": {},
		"":                 {},
	} {
		got := parseXRay(header)
		if want == ([3]string{}) {
			if got.IsValid() {
				t.Errorf("%q: got %v, want nothing", header, got)
			}
			continue
		}
		if id := [3]string{got.TraceID().String(), got.SpanID().String(), got.TraceFlags().String()}; id != want || !got.IsRemote() {
			t.Errorf("%q: got %v, want %v", header, id, want)
		}
	}
}

func TestTraceHeader(t *testing.T) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	if got := TraceHeader(JoinTrace(t.Context(), header)); got != header {
		t.Errorf("got %s, want %s", got, header)
	}
	if got := TraceHeader(JoinTrace(t.Context(), "Root=2-x")); got != "" {
		t.Errorf("got %s, want none", got)
	}
}

// Without a tracer, a request allocates nothing for it.
func TestNoTracesCostNothing(t *testing.T) {
	o := start(t, Config{Originals: newOriginals()})
	r := httptest.NewRequest(http.MethodGet, "/img/cat.jpg?w=160", nil)
	if got := testing.AllocsPerRun(100, func() {
		if o.startSpan(r) != r || trace.SpanFromContext(r.Context()).IsRecording() {
			t.Fatal("there is a span")
		}
	}); got != 0 {
		t.Errorf("got %v allocations", got)
	}
}
