package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/usage"
	"github.com/imgorigin/imgorigin/server"
)

// idleTimeout is longer than the 120 s for which CloudFront keeps idle connections: CloudFront must be the side that
// closes them, as a request that is sent while the origin closes the connection is lost.
const idleTimeout = 125 * time.Second

// An httpServer answers clients. Its life is listenHTTP, run, stop.
type httpServer struct {
	http.Server
	listeners []net.Listener // one, or two of the same port of localhost
	origin    *server.Server
	failed    bool // run returned an error
}

// listenHTTP returns a server that has an address. It accepts connections, and answers them when it runs.
func listenHTTP(
	ctx context.Context, r *storage.Resources, addr string, h http.Handler, origin *server.Server,
) (*httpServer, error) {
	l, err := listen(ctx, addr)
	if err != nil {
		return nil, err
	}
	return newHTTPServer(r, []net.Listener{l}, h, origin), nil
}

// newHTTPServer is listenHTTP for addresses that are listened on already.
func newHTTPServer(r *storage.Resources, listeners []net.Listener, h http.Handler, origin *server.Server) *httpServer {
	r.OnClose(func() error {
		for _, l := range listeners {
			l.Close() // it is closed already, unless there was an error before run
		}
		return nil
	})
	return &httpServer{listeners: listeners, origin: origin, Server: http.Server{
		Handler:           closeAfterBody(h),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      90 * time.Second, // for a fill, and then for sending the variant
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    32 << 10, // CloudFront sends at most 20,480 bytes of headers and 8,192 of URL
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}}
}

// closeAfterBody closes the connection after a request whose end a proxy in front may see elsewhere: a chunked one, as net/http silently
// ignores a Content-Length beside the chunks, and a GET or HEAD with a body. Otherwise bytes that the proxy takes for a part of this
// request could be answered as the next one, to another client. No browser or CDN sends such requests for images.
func closeAfterBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hasBody := r.ContentLength != 0 && (r.Method == http.MethodGet || r.Method == http.MethodHead)
		if hasBody || len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// addr returns the first address that the server listens on.
func (s *httpServer) addr() net.Addr { return s.listeners[0].Addr() }

func listen(ctx context.Context, addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, usage.Errorf("listen on %q: want an address such as :8080 or 127.0.0.1:8080", addr)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		err = failed.Err // without the address, which is named already
	}
	if failed, ok := errors.AsType[*os.SyscallError](err); ok {
		err = failed.Err
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%w: end the process that has it, or choose another port", err)
	case err == nil:
		return l, nil
	}
	return nil, fmt.Errorf("listen on %s: %w", addr, err)
}

// run answers requests until ctx ends. Any error means that it could not go on.
func (s *httpServer) run(ctx context.Context) error {
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() { failed <- s.Serve(l) }()
	}
	select {
	case err := <-failed:
		s.failed = true
		return err
	case <-ctx.Done():
		return nil
	}
}

// stop has /readyz refuse requests, waits for delay, which is the time that load balancers take to notice, and then for
// at most grace for the requests in flight and for fills whose clients have left.
func (s *httpServer) stop(ctx context.Context, delay, grace time.Duration) error {
	if s.failed {
		return nil // it receives no more requests
	}
	s.origin.Drain()
	time.Sleep(delay)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := errors.Join(s.Shutdown(ending), s.origin.Shutdown(ending)); err != nil {
		return fmt.Errorf("stopped with work in flight: %w", err)
	}
	return nil
}
