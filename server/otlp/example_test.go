package otlp_test

import (
	"context"
	"log/slog"

	"github.com/imgorigin/imgorigin/server/otlp"
)

// One request of a hundred is traced to a collector on this machine.
func Example() {
	exporter, err := otlp.Open(context.Background(), otlp.Config{Endpoint: "http://localhost:4318", Ratio: 0.01})
	if err != nil {
		slog.Error(err.Error())
		return
	}
	defer exporter.Close()
	exporter.LogErrors(slog.Default())
	_ = exporter.Tracer() // for server.Config
}
