package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/server/loopback"
)

// listenAdmin answers operators on an address of their own until the resources are closed, and returns that address.
// The address none means no listener.
func listenAdmin(ctx context.Context, r *storage.Resources, addr string, h http.Handler) (string, error) {
	if addr == "none" {
		return addr, nil
	}
	l, err := listen(ctx, addr)
	if err != nil {
		return "", fmt.Errorf("--admin-listen: %w", err)
	}
	s := &http.Server{
		Handler:           guardAdmin(h, addr),
		ReadHeaderTimeout: 5 * time.Second, // without a WriteTimeout, as a profile takes as long as its client asks for
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	r.OnClose(s.Close)
	go s.Serve(l)
	return l.Addr().String(), nil
}

// guardAdmin protects what operators see from web pages in their browsers, above all keys and profiles. Besides local names, it
// takes that of the machine and that of the address which the server listens on.
//
// Everybody may ask for /metrics: a Prometheus can come by any name and yet arrive on the loopback address, as through the
// proxy of a service mesh, or as host.docker.internal. Metrics have neither keys nor URLs.
func guardAdmin(h http.Handler, addr string) http.Handler {
	host, _, _ := net.SplitHostPort(addr) // listen has parsed it
	machine, _ := os.Hostname()           // without it, only the other names are taken
	guarded := loopback.Guard(h, host, machine)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/metrics":
			h.ServeHTTP(w, r)
		case isForeignPart(r):
			http.Error(w, "a page of another site asks for this", http.StatusForbidden)
		default:
			guarded.ServeHTTP(w, r)
		}
	})
}

// isForeignPart reports whether a browser requests something as a part of a page of another site, such as an image. The page
// could not read a profile, but have many made. Links from other sites are no parts.
func isForeignPart(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
	}
	return false
}
