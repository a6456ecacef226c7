//go:build unix

package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/imgorigin/imgorigin/server"
)

// logStateOnSignal writes a server's state into the log at each SIGUSR1, until stop is called.
func logStateOnSignal(ctx context.Context, origin *server.Server, log *slog.Logger) (stop func() error) {
	requested := make(chan os.Signal, 1)
	signal.Notify(requested, syscall.SIGUSR1)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-requested:
				logState(ctx, origin, log)
			case <-done:
				return
			}
		}
	})
	return func() error {
		signal.Stop(requested)
		close(done)
		watching.Wait()
		return nil
	}
}
