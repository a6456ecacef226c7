package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/otlp"
)

// traceFlags are the flags of every command whose requests can be traced.
type traceFlags struct {
	Traces     string  `group:"observability" placeholder:"URL" help:"URL of an OpenTelemetry collector to send traces to (OTLP over HTTP), such as http://localhost:4318. The SDK's own variables, such as OTEL_RESOURCE_ATTRIBUTES, apply."`
	TraceRatio float64 `group:"observability" default:"0.01" help:"Share of requests to trace, 0…1. For a request with a trace of a trusted proxy, the proxy decides."`
}

// openTraces opens the exporter of traces, which sends none without --traces.
func (f traceFlags) openTraces(ctx context.Context, r *resources) (traces, error) {
	if f.Traces == "" {
		return traces{}, nil
	}
	if f.TraceRatio < 0 || f.TraceRatio > 1 {
		return traces{}, fmt.Errorf("--trace-ratio %v: want 0…1", f.TraceRatio)
	}
	e, err := otlp.Open(ctx, otlp.Config{Endpoint: f.Traces, Ratio: f.TraceRatio, Version: version()})
	if err != nil {
		return traces{}, fmt.Errorf("--traces: %w", err)
	}
	r.onClose(e.Close)
	return traces{e}, nil
}

// traces are part of a server's configuration.
type traces struct{ *otlp.Exporter }

func (t traces) configure(c *server.Config) { c.Tracer = t.Tracer() }

// emfFlags are the flags of every command whose metrics can go to CloudWatch.
type emfFlags struct {
	EMF      string        `group:"observability" name:"emf" placeholder:"NAMESPACE" help:"CloudWatch namespace. Metrics are written to the log in embedded metric format, from which CloudWatch Logs takes them."`
	EMFEvery time.Duration `group:"observability" name:"emf-every" default:"1m" help:"Interval between two such lines of the log."`
}

// Validate implements the hook of kong.
func (f emfFlags) Validate() error {
	if f.EMFEvery <= 0 {
		return fmt.Errorf("--emf-every %v: want more than nothing", f.EMFEvery)
	}
	return nil
}

// openEMF returns an exporter that counts from now on; nil, which writes nothing, without --emf.
func (f emfFlags) openEMF(output io.Writer, metrics prometheus.Gatherer, log *slog.Logger) *emf.Exporter {
	if f.EMF == "" {
		return nil
	}
	return emf.New(emf.Config{Namespace: f.EMF, Every: f.EMFEvery, Output: output, Metrics: metrics, Log: log})
}
