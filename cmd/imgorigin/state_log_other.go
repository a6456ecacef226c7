//go:build !unix

package main

import (
	"context"
	"log/slog"

	"github.com/imgorigin/imgorigin/server"
)

// logStateOnSignal does nothing: this system has no SIGUSR1. /debug/state shows the same.
func logStateOnSignal(context.Context, *server.Server, *slog.Logger) (stop func() error) {
	return func() error { return nil }
}
