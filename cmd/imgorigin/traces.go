package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"
)

// traceFlags are the settings of every command whose requests can be traced.
type traceFlags struct {
	Traces     string  `group:"sight" placeholder:"URL" help:"Where traces go, by OTLP over HTTP, as in http://localhost:4318. OTEL_RESOURCE_ATTRIBUTES and the other variables of OpenTelemetry's SDK hold."`
	TraceRatio float64 `group:"sight" default:"0.01" help:"Share of the requests that are traced, 0…1; where a trusted proxy tells of a trace, that decides."`
}

// traces is where spans go. A nil one is nowhere.
type traces struct{ provider *sdktrace.TracerProvider }

// tracesPerSecond bounds how many requests are traced because a proxy says so: it may say what a stranger told it.
const tracesPerSecond = 100

// openTraces begins to send traces, if that is asked for.
func (f traceFlags) openTraces(ctx context.Context) (*traces, error) {
	if f.Traces == "" {
		return nil, nil
	}
	if f.TraceRatio < 0 || f.TraceRatio > 1 {
		return nil, fmt.Errorf("--trace-ratio %v: want 0…1", f.TraceRatio)
	}
	to, err := url.Parse(f.Traces)
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "" {
		return nil, fmt.Errorf("--traces %q: want a URL as http://localhost:4318", f.Traces)
	}
	if !strings.HasSuffix(to.Path, "/v1/traces") {
		to = to.JoinPath("v1/traces")
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.String()))
	if err != nil {
		return nil, fmt.Errorf("--traces: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "imgorigin"), attribute.String("service.version", version())),
		resource.WithHost(), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--traces: %w", err), exporter.Shutdown(ctx))
	}
	return &traces{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter), sdktrace.WithResource(about),
		sdktrace.WithSampler(sdktrace.ParentBased(
			sdktrace.TraceIDRatioBased(f.TraceRatio),
			sdktrace.WithRemoteParentSampled(limited{rate.NewLimiter(tracesPerSecond, tracesPerSecond)}),
		)),
	)}, nil
}

// tracer returns what makes spans; nil makes none.
func (t *traces) tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("github.com/imgorigin/imgorigin/server")
}

// reportTo has the log told of traces that can't be sent.
func (t *traces) reportTo(log *slog.Logger) {
	if t != nil {
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not sent", "err", err) }))
	}
}

// flush sends what there is, for a process that may be frozen.
func (t *traces) flush(ctx context.Context) {
	if t != nil {
		t.provider.ForceFlush(ctx) // its error is told where the others are
	}
}

// Close sends what is left.
func (t *traces) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// limited samples as many as a limiter lets.
type limited struct{ *rate.Limiter }

func (l limited) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState()}
	if l.Allow() {
		result.Decision = sdktrace.RecordAndSample
	}
	return result
}

func (l limited) Description() string { return fmt.Sprintf("at most %v a second", l.Limit()) }
