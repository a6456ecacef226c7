package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// A site and its images come from one server, which keeps what is its own.
func TestServePassthrough(t *testing.T) {
	images, folder := t.TempDir(), t.TempDir()
	writeImage(t, filepath.Join(images, "cat.jpg"), 400, 300)
	writeFile(t, filepath.Join(folder, "index.html"), []byte("home of the site"))
	remote := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("home of the site at " + r.RequestURI))
	}))
	defer remote.Close()
	for _, site := range []string{folder, remote.URL} {
		address, _ := program(t, "serve", "--originals", images, "--variants", "none", "--passthrough", site, "--origin-secret", "s")
		ask := func(path, secret string) (int, string) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, nil)
			must(t, err)
			r.Header.Set("X-Origin-Secret", secret)
			response, err := http.DefaultClient.Do(r)
			must(t, err)
			defer response.Body.Close()
			var body bytes.Buffer
			body.ReadFrom(response.Body)
			return response.StatusCode, body.String()
		}
		if status, body := ask("/", "s"); status != 200 || !strings.Contains(body, "home of the site") {
			t.Errorf("%s: got %d, %q", site, status, body)
		}
		if status, body := ask("/", "guess"); status != http.StatusForbidden || strings.Contains(body, "home") {
			t.Errorf("%s, without the secret: got %d, %q", site, status, body)
		}
		for path, want := range map[string]int{"/img/cat.jpg?w=160": 200, "/img/no.jpg": 404, "/healthz": 200, "/info/cat.jpg": 200} {
			if status, body := ask(path, "s"); status != want || strings.Contains(body, "home") {
				t.Errorf("%s: %s: got %d, want %d", site, path, status, want)
			}
		}
	}
	for _, args := range [][]string{{"--passthrough", folder, "--dialect", "thumbor"}, {"--passthrough", filepath.Join(folder, "no")}} {
		args = append([]string{"serve", "--originals", images, "--variants", "none"}, args...)
		err := run(t.Context(), args, func(string) string { return "" }, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), "--passthrough") {
			t.Errorf("%v: got %v", args, err)
		}
	}
}
