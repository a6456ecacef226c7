//go:build !unix

package main

import (
	"context"
	"log/slog"

	"github.com/imgorigin/imgorigin/server"
)

// There is no SIGUSR1 here; /debug/state shows the same.
func onSignalLogState(context.Context, *server.Server, *slog.Logger) (stop func() error) {
	return func() error { return nil }
}
