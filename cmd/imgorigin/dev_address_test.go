package main

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// startDev runs dev with arguments and an environment until the test ends, and returns its output and the page that it says
// to open.
func startDev(t *testing.T, args ...string) (out *output, page string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = new(output)
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append([]string{"dev"}, args...), os.Getenv, out) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("dev %q: %v", args, err)
		}
	})
	return out, out.await(t, `Open (http://\S+) in a browser`)
}

// startDevOn runs dev on an address, and returns its port.
func startDevOn(t *testing.T, address string) (port string) {
	t.Helper()
	_, page := startDev(t, "--listen", address, "samples")
	at, err := url.Parse(page)
	must(t, err)
	if at.Hostname() != "localhost" {
		t.Errorf("--listen %s: the page is %s", address, page)
	}
	return at.Port()
}

// Without --listen, dev goes on to a free port; an address that was asked for is not replaced by another.
func TestDevPortInUse(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if l, err := net.Listen("tcp", "localhost:8080"); err == nil { // else it is in use already
		defer l.Close()
	}
	out, page := startDev(t)
	port := out.await(t, `Port 8080 is in use, so this is on port (\d+)\.`)
	if port == "8080" || page != "http://localhost:"+port+"/" {
		t.Errorf("got the page %s and the port %s", page, port)
	}
	wantSize(t, page+"img/badge.png?w=100", 100, 100)

	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if l, err := net.Listen("tcp", host+":0"); err != nil {
			continue // there is no IPv6
		} else {
			l.Close()
		}
		wantSize(t, "http://"+host+":"+port+"/img/badge.png?w=100", 100, 100)
		wantSize(t, "http://"+host+":"+startDevOn(t, "localhost:0")+"/img/badge.png?w=100", 100, 100)
	}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		defer l.Close()
		_, taken, _ := net.SplitHostPort(l.Addr().String())
		err := run(t.Context(), []string{"dev", "--listen", "localhost:" + taken}, os.Getenv, new(output))
		if err == nil || !strings.Contains(err.Error(), "listen on localhost:"+taken) {
			t.Errorf("--listen with a port in use on ::1: got %v", err)
		}
	}

	err := run(t.Context(), []string{"dev", "--listen", "localhost:8080"}, os.Getenv, new(output))
	if err == nil || !strings.Contains(err.Error(), "listen on localhost:8080") {
		t.Errorf("--listen with an address in use: got %v", err)
	}
}

// The image that the command line names is the page to open, and a browser gets its address.
func TestDevOpensFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another command opens the browser")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	bin := t.TempDir()
	opened := filepath.Join(bin, "opened")
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\necho \"$1\" > "+opened+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	link := filepath.Join(t.TempDir(), "link.jpg")
	samples, err := filepath.Abs("samples/lighthouse.jpg")
	must(t, err)
	must(t, os.Symlink(samples, link))
	for _, file := range []string{"samples/lighthouse.jpg", link} {
		out, page := startDev(t, "--listen", "127.0.0.1:0", "--open", file)
		home, ok := strings.CutSuffix(page, "/#/lighthouse.jpg")
		if !ok {
			t.Errorf("%s: the page to open is %s", file, page)
		}
		wantSize(t, home+"/img/lighthouse.jpg?w=300", 300, 400)
		eventually(t, "the browser is opened", func() bool {
			address, err := os.ReadFile(opened)
			return err == nil && strings.TrimSpace(string(address)) == page
		})
		if strings.Contains(out.String(), "no browser") {
			t.Errorf("got %s", out)
		}
	}
	t.Setenv("PATH", t.TempDir())
	out, _ := startDev(t, "--listen", "127.0.0.1:0", "--open")
	out.await(t, `(no browser could be opened)`)
	err = run(t.Context(), []string{"dev", "--open", "--no-playground"}, os.Getenv, new(output))
	if err == nil || !strings.Contains(err.Error(), "--open and --no-playground exclude each other") {
		t.Errorf("--open --no-playground: got %v", err)
	}
}

// The log has a short line for each request, and other records as they are.
func TestDevLog(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	out, page := startDev(t, "--listen", "127.0.0.1:0", "samples")
	get(t, page+"img/badge.png?w=100&fm=png")
	out.await(t, `(?m)^(\d\d:\d\d:\d\d 200 GET /img/badge\.png w=100\.png [\d.]+ KiB [\d.]+m?s fill)$`)
	get(t, page+"img/none%0a.jpg?w=100")
	out.await(t, `(?m)^(\d\d:\d\d:\d\d 404 GET /img/none%0[aA]\.jpg .*")$`)
}

// Where no folder can be made for the cache, dev says so and works without one. A folder that was asked for is needed.
func TestDevWithoutCacheFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(file, "below"))
	out, page := startDev(t, "--listen", "127.0.0.1:0")
	if !strings.HasPrefix(out.String(), "No cache on disk: ") {
		t.Errorf("got %s", out)
	}
	wantSize(t, page+"img/badge.png?w=100", 100, 100)
	err := run(t.Context(), []string{"dev", "--cache", filepath.Join(file, "below")}, os.Getenv, new(output))
	if err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("--cache in a file: got %v", err)
	}
}
