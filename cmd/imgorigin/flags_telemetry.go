package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/otlp"
)

// traceFlags are the flags of every command whose requests or events can be traced.
type traceFlags struct {
	Traces     string  `group:"observability" placeholder:"URL" help:"URL of an OpenTelemetry collector to send traces to (OTLP over HTTP), such as http://localhost:4318, or of AWS X-Ray, https://xray.REGION.amazonaws.com. The SDK's own variables, such as OTEL_RESOURCE_ATTRIBUTES, apply."`
	TraceRatio float64 `max:"1" group:"observability" default:"0.01" help:"Share of requests to trace, 0…1. A request that belongs to a trace of a trusted proxy, or an event that belongs to a trace of its upload, is traced if that trace is."`
}

// openTraces opens the exporter of traces, which sends none without --traces.
func (f traceFlags) openTraces(ctx context.Context, r *storage.Resources) (traces, error) {
	if f.Traces == "" {
		return traces{}, nil
	}
	if f.TraceRatio < 0 || f.TraceRatio > 1 {
		return traces{}, usage.Errorf("--trace-ratio %v: want 0…1", f.TraceRatio)
	}
	sign, err := signerFor(ctx, f.Traces)
	if err != nil {
		return traces{}, fmt.Errorf("--traces: %w", err)
	}
	e, err := otlp.Open(ctx, otlp.Config{Endpoint: f.Traces, Sign: sign, Ratio: f.TraceRatio, Version: build.Version()})
	if err != nil {
		return traces{}, fmt.Errorf("--traces: %w", err)
	}
	r.OnClose(e.Close)
	return traces{e}, nil
}

// traces are part of a server's configuration.
type traces struct{ *otlp.Exporter }

func (t traces) configure(c *server.Config) { c.Tracer = t.Tracer() }

// emfFlag is the flag of every command whose metrics can go to CloudWatch.
type emfFlag struct {
	EMF string `group:"observability" name:"emf" placeholder:"NAMESPACE" help:"Write metrics to the log in CloudWatch's embedded metric format, under this namespace. CloudWatch Logs turns them into metrics."`
}

// emfFlags are the flags of those commands that write metrics regularly.
type emfFlags struct {
	emfFlag  `embed:""`
	EMFEvery time.Duration `min:"1ms" group:"observability" name:"emf-every" default:"1m" help:"How often --emf writes metrics."`
}

// Validate implements the hook of kong.
func (f emfFlags) Validate() error {
	if f.EMFEvery <= 0 {
		return usage.Errorf("--emf-every %v: want more than nothing", f.EMFEvery)
	}
	return nil
}

// openEMF returns an exporter of a service's metrics that counts from now on; nil, which writes nothing, without --emf.
// config selects the metrics and the interval.
func (f emfFlag) openEMF(output io.Writer, s *service, config emf.Config) *emf.Exporter {
	if f.EMF == "" {
		return nil
	}
	config.Namespace, config.Output, config.Metrics, config.Log = f.EMF, output, s.origin.Metrics(), s.log
	return emf.New(config)
}

// export writes metrics until stop is called, which waits for the last line: it has what was counted until then.
func export(exporter *emf.Exporter) (stop func()) {
	ctx, end := context.WithCancel(context.Background())
	var exporting sync.WaitGroup
	exporting.Go(func() { exporter.Run(ctx) })
	return func() { end(); exporting.Wait() }
}
