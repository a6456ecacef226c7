// Package otlp sends the spans of a server to an OpenTelemetry collector, by OTLP over HTTP.
//
// Which requests are traced is decided where a trace begins. The server begins one for a request that brings none,
// and then the exporter samples a share of them. A request that a trusted proxy has marked as sampled is traced too,
// up to RemotePerSecond: the proxy may pass on what an untrusted client sent.
package otlp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// RemotePerSecond bounds the requests per second that are traced because a proxy marked them as sampled.
const RemotePerSecond = 100

// closeTimeout is how long Close waits for the collector.
const closeTimeout = 5 * time.Second

// A Config says where spans go. Endpoint is required.
type Config struct {
	// Endpoint is the base URL of the collector, such as http://localhost:4318. Its path gets /v1/traces appended
	// unless it ends so already.
	Endpoint string

	// Sign, if not nil, signs a request with its body before it is sent, for a collector that wants to know who sends.
	Sign func(r *http.Request, body []byte) error

	// Ratio is the share of the requests to trace that bring no trace of their own: 0…1.
	Ratio float64

	// Version is the service.version of the spans. OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME override it and
	// add to it; the other variables of the OpenTelemetry SDK have their effect, too, and so have those of
	// OTEL_EXPORTER_OTLP_ for headers, compression and the timeout.
	Version string
}

// An Exporter sends spans. A nil Exporter sends none, and its Tracer is nil. It is safe for concurrent use.
type Exporter struct{ provider *sdktrace.TracerProvider }

// ErrEndpoint is the error of an endpoint that is not a URL of http or https. It does not say which, as that may have a password.
var ErrEndpoint = errors.New("want a URL such as http://localhost:4318")

// Open returns an Exporter for a collector, which need not be there yet. Close ends it.
func Open(ctx context.Context, c Config) (*Exporter, error) {
	endpoint, err := tracesURL(c.Endpoint)
	if err != nil {
		return nil, err
	}
	client, err := newClient(endpoint)
	if err != nil {
		return nil, err
	}
	client.sign = c.Sign
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("otlp: %w", err)
	}
	service, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", "imgorigin"),
			attribute.String("service.version", c.Version)),
		resource.WithHost(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("otlp: %w", err), exporter.Shutdown(ctx))
	}
	return &Exporter{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithResource(service),
		sdktrace.WithSampler(sdktrace.ParentBased(
			sdktrace.TraceIDRatioBased(c.Ratio),
			sdktrace.WithRemoteParentSampled(limited{rate.NewLimiter(RemotePerSecond, RemotePerSecond)}),
		)),
	)}, nil
}

// tracesURL returns the URL that a collector receives traces at.
func tracesURL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", ErrEndpoint
	}
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u = u.JoinPath("v1/traces")
	}
	return u.String(), nil
}

// Tracer returns the tracer for server.Config; nil, which makes no spans, if e is nil.
func (e *Exporter) Tracer() trace.Tracer {
	if e == nil {
		return nil
	}
	return e.provider.Tracer("github.com/imgorigin/imgorigin/server")
}

// LogErrors has a log receive a warning when spans can't be sent. The OpenTelemetry SDK has one place for errors in a
// process, so the last Exporter that calls it wins.
func (e *Exporter) LogErrors(log *slog.Logger) {
	if e != nil {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not sent", "err", err) }))
	}
}

// Flush sends the spans that are ready, for a process that may be frozen afterwards. Errors are logged as all others.
func (e *Exporter) Flush(ctx context.Context) {
	if e != nil {
		e.provider.ForceFlush(ctx)
	}
}

// Close sends the spans that are left, for at most five seconds.
func (e *Exporter) Close() error {
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return e.provider.Shutdown(ctx)
}

// A limited sampler samples as many traces as a limiter allows, and drops the others.
type limited struct{ *rate.Limiter }

func (l limited) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	state := trace.SpanContextFromContext(p.ParentContext).TraceState()
	result := sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: state}
	if l.Allow() {
		result.Decision = sdktrace.RecordAndSample
	}
	return result
}

func (l limited) Description() string { return fmt.Sprintf("at most %v a second", l.Limit()) }
