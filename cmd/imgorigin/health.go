package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

type healthCommand struct {
	Listen string `default:":8080" placeholder:"ADDR" help:"Address that the server listens on."`
}

// Run is for containers without a shell or curl: its exit status is the server's health.
func (c *healthCommand) Run(ctx context.Context, stdout io.Writer) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if host == "" {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("unhealthy: %s", answer.Status)
	}
	_, err = fmt.Fprintln(stdout, "healthy")
	return err
}
