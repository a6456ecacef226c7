package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestServeFolders(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(800, 600), 80))
	address, _ := program(t, "serve", "--originals", originals, "--variants", variants, "--sign-keys", "k1,k2", "--max-age", "1h")
	response := wantSize(t, address+"/img/cat.jpg?w=333", 480, 360)
	if got := response.Header.Get("Cache-Control"); got != "public, max-age=3600, stale-while-revalidate=604800" {
		t.Errorf("got Cache-Control %q", got)
	}
	signed := runOutput(t, "sign", "--sign-keys", "k2", "--for", "1h", address+"/img/cat.jpg?w=333&blur=2")
	wantSize(t, strings.TrimSpace(signed), 333, 250)
	if response, _ := get(t, strings.TrimSpace(signed)+"x"); response.StatusCode != 403 {
		t.Errorf("forged: got %s, want 403", response.Status)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if got := runOutput(t, "health", "--listen", u.Host); got != "healthy\n" {
		t.Errorf("health: got %q", got)
	}
}

// After SIGTERM requests in flight are answered, and no new ones.
func TestDrain(t *testing.T) {
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(4000, 3000), 85))
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none",
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	admin := "http://" + out.await(t, `"admin":"([^"]+)"`)
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	answered := make(chan error, 1)
	go func() {
		response, err := http.Get(address + "/img/cat.jpg?w=1080")
		if err == nil {
			defer response.Body.Close()
			if _, err = io.Copy(io.Discard, response.Body); response.StatusCode != 200 {
				err = errors.New(response.Status)
			}
		}
		answered <- err
	}()
	for !decoding(t, admin) {
		time.Sleep(time.Millisecond)
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("in flight at SIGTERM: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("exit: %v: %s", err, out)
	}
	if _, err := http.Get(address + "/healthz"); err == nil {
		t.Error("the server still answers")
	}
}

func decoding(t *testing.T, admin string) bool {
	t.Helper()
	_, body := get(t, admin+"/metrics")
	return strings.Contains(string(body), "\nimgorigin_decodes_total 1\n")
}
