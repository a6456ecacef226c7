package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/imgorigin/imgorigin/server/playground"
)

// Without --listen, dev listens on the first free one of these ports, and so beside another server under development.
const devPort, devPorts = 8080, 20

// openAddress listens on the address of --listen, or on a free port.
func (p *devProcess) openAddress(ctx context.Context, stdout io.Writer) (*httpServer, error) {
	handler := playground.LocalOnly(p.handler)
	if addr := p.command.Listen; addr != "" {
		return listenHTTP(ctx, p.resources, addr, handler, p.origin)
	}
	var firstErr error
	for port := devPort; port < devPort+devPorts; port++ {
		err := checkIPv6(ctx, port)
		if err == nil {
			var s *httpServer
			if s, err = listenHTTP(ctx, p.resources, fmt.Sprintf("localhost:%d", port), handler, p.origin); err == nil {
				if port != devPort {
					fmt.Fprintf(stdout, "Port %d is in use, so this is on port %d.\n", devPort, port)
				}
				return s, nil
			}
		}
		if firstErr == nil {
			firstErr = err
		}
	}
	return nil, firstErr
}

// checkIPv6 returns an error if another process listens on a port of ::1, where a browser looks first for localhost. Go
// listens only on 127.0.0.1.
func checkIPv6(ctx context.Context, port int) error {
	l, err := listen(ctx, fmt.Sprintf("[::1]:%d", port))
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
		return nil // there is no IPv6
	}
	return l.Close()
}

// greet prints the address of the server and URLs of some of the images, and at the end the page to open, which it returns.
func greet(w io.Writer, hasPlayground bool, addr net.Addr, images devImages) (page string) {
	home := url.URL{Scheme: "http", Host: hostOf(addr), Path: "/"}
	what := "Images of "
	if hasPlayground {
		what = "Playground for the images of "
	}
	fmt.Fprintf(w, "%s%s on %s\n", what, images.folder, home.String())
	examples := []string{"w=480", "w=320&h=320&fit=cover&crop=smart", "w=640&q=50"}
	for i, key := range images.some(len(examples)) {
		example := home
		example.Path, example.RawQuery = "/img/"+key, examples[i]
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
