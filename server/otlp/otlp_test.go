package otlp

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// collect starts a collector, and returns its URL and a function that returns what it has received. The names in OTLP
// are readable in the bytes that are sent.
func collect(t *testing.T) (endpoint string, received func() string) {
	t.Helper()
	bodies := make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("got %s, %v", r.URL, err)
		}
		bodies <- string(body)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() string {
		var all strings.Builder
		for {
			select {
			case body := <-bodies:
				all.WriteString(body)
			default:
				return all.String()
			}
		}
	}
}

func open(t *testing.T, c Config) *Exporter {
	t.Helper()
	e, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestSpansAreSent(t *testing.T) {
	endpoint, received := collect(t)
	e := open(t, Config{Endpoint: endpoint, Ratio: 1, Version: "v1.2.3"})
	_, span := e.Tracer().Start(t.Context(), "GET /img/*")
	span.End()
	e.Flush(t.Context())
	got := received()
	for _, want := range []string{"GET /img/*", "service.name", "imgorigin", "v1.2.3"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in %q", want, got)
		}
	}
}

// remote returns a context whose trace a proxy has marked as sampled.
func remote(ctx context.Context) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
}

// A proxy decides which requests are traced, but not how many per second.
func TestProxiesDecideWithinALimit(t *testing.T) {
	endpoint, _ := collect(t)
	began := time.Now()
	e := open(t, Config{Endpoint: endpoint, Ratio: 0})
	sampled := 0
	for range 5 * RemotePerSecond {
		_, span := e.Tracer().Start(remote(t.Context()), "GET /img/*")
		if span.SpanContext().IsSampled() {
			sampled++
		}
		span.End()
	}
	most := RemotePerSecond + 1 + int(time.Since(began).Seconds()*RemotePerSecond) // at once, and since
	if sampled < RemotePerSecond || sampled > most {
		t.Errorf("got %d of %d requests traced, want %d to %d", sampled, 5*RemotePerSecond, RemotePerSecond, most)
	}
	if _, span := e.Tracer().Start(t.Context(), "GET /img/*"); span.SpanContext().IsSampled() {
		t.Error("a request without a trace is traced at a ratio of 0")
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://localhost:4318":           "http://localhost:4318/v1/traces",
		"http://localhost:4318/":          "http://localhost:4318/v1/traces",
		"https://example.com/a/v1/traces": "https://example.com/a/v1/traces",
		"localhost:4318":                  "",
		"ftp://localhost":                 "",
		"http://":                         "",
		"":                                "",
	} {
		if got, err := tracesURL(endpoint); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", endpoint, got, err, want)
		}
	}
}

func TestNilExporter(t *testing.T) {
	var e *Exporter
	e.Flush(t.Context())
	e.LogErrors(nil)
	if e.Tracer() != nil || e.Close() != nil {
		t.Error("a nil Exporter traces")
	}
}
