package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/imgorigin/imgorigin/server/grammar"
	"github.com/imgorigin/imgorigin/server/loopback"
)

// Without --listen, dev listens on the first free one of these ports, and so beside another server under development.
const devPort, devPorts = 8080, 20

// openAddress listens on the address of --listen, or on a free port.
func (p *devProcess) openAddress(ctx context.Context, stdout io.Writer) (*httpServer, error) {
	handler := loopback.Guard(p.handler)
	if addr := p.command.Listen; addr != "" {
		listeners, err := listenLocally(ctx, addr)
		if err != nil {
			return nil, err
		}
		return newHTTPServer(p.Resources, listeners, handler, p.origin), nil
	}
	var firstErr error
	for port := devPort; port < devPort+devPorts; port++ {
		listeners, err := listenLocally(ctx, fmt.Sprintf("localhost:%d", port))
		if err == nil {
			if port != devPort {
				fmt.Fprintf(stdout, "Port %d is in use, so this is on port %d.\n", devPort, port)
			}
			return newHTTPServer(p.Resources, listeners, handler, p.origin), nil
		}
		firstErr = cmp.Or(firstErr, err) // about the port that users expect
	}
	return nil, firstErr
}

// listenLocally listens on an address. If that is localhost, it listens on 127.0.0.1 and on ::1: some clients try only one of
// them, and not the same one. It returns an error if another process listens on either, as clients would reach that.
func listenLocally(ctx context.Context, addr string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host != "localhost" {
		l, err := listen(ctx, addr)
		return []net.Listener{l}, err
	}
	v4, err := listen(ctx, net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, errors.Unwrap(err))
	}
	if tcp, ok := v4.Addr().(*net.TCPAddr); ok {
		port = strconv.Itoa(tcp.Port) // of port 0, and of a service's name
	}
	v6, err := listen(ctx, net.JoinHostPort("::1", port))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		v4.Close()
		return nil, fmt.Errorf("listen on %s: %w", addr, errors.Unwrap(err))
	case err != nil: // there is no IPv6
		return []net.Listener{v4}, nil
	}
	return []net.Listener{v4, v6}, nil
}

// greet prints the address of the server and URLs of some of the images, and at the end the page to open, which it returns.
func (p *devProcess) greet(w io.Writer, hasPlayground bool, addr net.Addr) (page string) {
	images := p.images
	home := url.URL{Scheme: "http", Host: hostOf(addr), Path: "/"}
	what := "Images of "
	if hasPlayground {
		what = "Playground for the images of "
	}
	fmt.Fprintf(w, "%s%s on %s\n", what, images.folder, home.String())
	examples := p.exampleQueries()
	keys := images.some(len(examples))
	if len(examples) > 0 && len(keys) == 0 {
		fmt.Fprintln(w, "  There is no image in it yet. New files show as soon as they are there.")
	}
	for i, key := range keys {
		example := home
		example.Path, example.RawQuery = "/img/"+key, examples[i]
		if p.command.SignRequired {
			example.RawQuery += "&s=" + grammar.Sign(p.config.URLs.SignKeys[0], example.Path, example.RawQuery)
		}
		fmt.Fprintf(w, "  %s\n", example.String())
	}
	if !hasPlayground {
		fmt.Fprintln(w, "Ctrl+C stops it.")
		return ""
	}
	if images.first != "" {
		home.Fragment = "/" + images.first
	}
	fmt.Fprintf(w, "Open %s in a browser. Ctrl+C stops it.\n", home.String())
	return home.String()
}

// exampleQueries returns queries of URLs that are answered; none if --dialect-keys are the only keys.
func (p *devProcess) exampleQueries() []string {
	switch urls := p.config.URLs; {
	case urls.SignRequired && len(urls.SignKeys) == 0:
		return nil
	case urls.OnlyPresets:
		return []string{"preset=" + urls.Presets[0].Name}
	}
	return []string{"w=480", "w=320&h=320&fit=cover&crop=smart", "w=640&q=50"}
}

// hostOf returns the address as a user types it into a browser.
func hostOf(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && (tcp.IP.IsLoopback() || tcp.IP.IsUnspecified()) {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return addr.String()
}

// openBrowser opens a page in the user's browser. The command may run for as long as the browser does, so nothing waits for
// it; when it fails, the log has the reason.
func openBrowser(ctx context.Context, page string, log *slog.Logger) {
	args := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		args = []string{"open"}
	case "windows":
		args = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	args = append(args, page)
	go func() {
		if err := exec.Command(args[0], args[1:]...).Run(); err != nil {
			log.WarnContext(ctx, "no browser could be opened", slog.String("command", strings.Join(args, " ")), slog.Any("err", err))
		}
	}()
}
