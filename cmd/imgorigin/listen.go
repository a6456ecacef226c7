package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/imgorigin/imgorigin/server"
)

// CloudFront keeps idle connections for up to 120 s and must be the one who closes them: a request sent into a
// connection that the origin is closing is lost.
const idleTimeout = 125 * time.Second

// A drain says how a server stops.
type drain struct {
	delay time.Duration // of the stop, for load balancers to see /readyz
	time  time.Duration // for requests and fills in flight
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

// serve answers requests until ctx ends, then those in flight, and waits for the fills whose callers have left.
func serve(ctx context.Context, l net.Listener, h http.Handler, origin *server.Server, d drain) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      90 * time.Second, // a fill, and then sending it
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    32 << 10, // CloudFront sends at most 20,480 B of headers and 8,192 of URL
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	origin.Drain()
	time.Sleep(d.delay)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.time)
	defer cancel()
	err := errors.Join(s.Shutdown(ending), origin.Shutdown(ending))
	if err != nil {
		return fmt.Errorf("stopped with work in flight: %w", err)
	}
	return nil
}

// openAdmin answers operators until it is closed, at the Addr that it returns. An address of none is nowhere.
func openAdmin(ctx context.Context, addr string, h http.Handler) (*http.Server, error) {
	s := &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second, // and no time for answers: a profile takes as long as is asked
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	if addr == "none" {
		return s, nil
	}
	l, err := listen(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("--admin-listen: %w", err)
	}
	s.Addr = l.Addr().String()
	go s.Serve(l) // until it is closed
	return s, nil
}

// logger returns the log that the flags ask for.
func (f originFlags) logger(w io.Writer, format string) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		panic(err) // the flag is an enum
	}
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// boundMemory tells the collector what the configuration comes to, so that it works harder before the process
// grows past it. Someone who sets GOMEMLIMIT knows better. What is more than the container may have is warned of.
func boundMemory(c server.Config) {
	const process = 64 << 20 // code, connections, buffers
	if limit, err := memlimit.FromCgroup(); err == nil && c.Memory+c.GateBytes+process > int64(min(limit, math.MaxInt64)) {
		c.Log.Warn("--memory and --gate-memory are more than the container may have", "limit", limit)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(c.Memory + c.GateBytes + process)
	}
}

// processors returns how many pictures to resize at once: as many as there are processors. It gives Go twice as many to
// run on: an answer from memory then does not wait until a decode is put aside, which Go does after 10 ms and the system
// at once. It does so once, as all servers of a process share them; who sets GOMAXPROCS knows better.
var processors = sync.OnceValue(func() int {
	n := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * n)
	}
	return n
})
