package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
)

type healthCommand struct {
	Listen string `default:":8080" placeholder:"ADDR" help:"Address that the server listens on."`
}

// Run returns an error unless the server is healthy. It serves as the health check of containers that have neither a
// shell nor curl.
func (c *healthCommand) Run(ctx context.Context, stdout io.Writer) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return usage.Errorf("--listen %q: want an address such as :8080 or 127.0.0.1:8080", c.Listen)
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
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("unhealthy: %s", response.Status)
	}
	_, err = fmt.Fprintln(stdout, "healthy")
	return err
}
