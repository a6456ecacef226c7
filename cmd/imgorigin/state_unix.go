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

// onSignalLogState writes a server's state into the log whenever SIGUSR1 comes, until it is stopped.
func onSignalLogState(ctx context.Context, origin *server.Server, log *slog.Logger) (stop func() error) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-asked:
				logState(ctx, origin, log)
			case <-done:
				return
			}
		}
	})
	return func() error {
		signal.Stop(asked)
		close(done)
		watching.Wait()
		return nil
	}
}
