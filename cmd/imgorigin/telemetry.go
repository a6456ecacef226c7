package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
	"github.com/imgorigin/imgorigin/server/emf"
	"github.com/imgorigin/imgorigin/server/otlp"
)

// openTraces opens the exporter of traces, which sends none without --traces.
func openTraces(ctx context.Context, r *storage.Resources, f settings.TraceFlags) (traces, error) {
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
	if errors.Is(err, otlp.ErrEndpoint) {
		return traces{}, usage.Errorf("--traces: %w", err)
	} else if err != nil {
		return traces{}, fmt.Errorf("--traces: %w", err)
	}
	r.OnClose(e.Close)
	return traces{e}, nil
}

// traces are part of a server's configuration.
type traces struct{ *otlp.Exporter }

func (t traces) Configure(c *server.Config) { c.Tracer = t.Tracer() }

// openEMF returns an exporter of a service's metrics that counts from now on; nil, which writes nothing, without --emf.
// config selects the metrics and the interval.
func openEMF(f settings.EMFFlag, output io.Writer, s *service, config emf.Config) *emf.Exporter {
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
