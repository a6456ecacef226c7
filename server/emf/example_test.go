package emf_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imgorigin/imgorigin/server/emf"
)

// A service writes a line a minute among those of its log, and a last one when it stops.
func Example() {
	metrics := prometheus.NewRegistry() // of the server: server.Server.Metrics
	exporter := emf.New(emf.Config{
		Namespace: "photos", Every: time.Minute, Output: os.Stdout, Metrics: metrics, Requests: true, Log: slog.Default(),
	})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go exporter.Run(ctx)
}
