package main

import (
	"net/http"
	"path/filepath"
	"testing"
)

// PURGE and DELETE of any URL of an image drop all variants of its original, for those who have a token.
func TestPurgeRequests(t *testing.T) {
	folder, variants := t.TempDir(), t.TempDir()
	writeImage(t, filepath.Join(folder, "a", "cat.jpg"), 400, 300)
	address, _ := program(t, "serve", "--originals", folder, "--variants", variants, "--purge-tokens", "secret,older", "--siblings", "0", "--drafts", "off",
		"--dialect", "thumbor=/thumbor/,next", "--dialect-keys", "thumbor=key")
	send := func(method, path, token string) (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, address+path, nil)
		if err != nil {
			return nil, err
		}
		if token != "" {
			r.Header.Set("Authorization", token)
		}
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		return response, err
	}
	for _, test := range []struct {
		method, path, token string
		status              int
		isDropped           bool
	}{
		{"PURGE", "/img/a/cat.jpg?w=160", "Bearer secret", 200, true},
		{"DELETE", "/img/a/cat.jpg", "Bearer older", 200, true},
		{"PURGE", "/v/a/cat.jpg/w=160.jpeg", "Bearer secret", 200, true},
		{"PURGE", "/_next/image?url=%2Fa%2Fcat.jpg&w=640", "Bearer secret", 200, true},
		{"DELETE", "/thumbor/unsafe/10x10/a/cat.jpg", "Bearer secret", 200, true},
		{"PURGE", "/thumbor/unsafe/10x10/a/cat.jpg", "", 401, false},
		{"PURGE", "/thumbor/guess/10x10/a/cat.jpg", "Bearer secret", 403, false},
		{"PURGE", "/thumbor/unsafe/10x10/a/%2e%2e/b.jpg", "Bearer secret", 400, false},
		{"PURGE", "/_next/image", "Bearer secret", 400, false},
		{"PURGE", "/img/a/dog.jpg", "Bearer secret", 200, false},
		{"PURGE", "/img/a/cat.jpg", "", 401, false},
		{"DELETE", "/img/a/cat.jpg", "Bearer wrong", 401, false},
		{"DELETE", "/img/a/cat.jpg", "Bearer ", 401, false},
		{"DELETE", "/img/a/cat.jpg", "secret", 401, false},
		{"PURGE", "/img/a/%2e%2e/cat.jpg", "Bearer secret", 400, false},
		{"PURGE", "/v/cat.jpg", "Bearer secret", 400, false},
		{"POST", "/img/a/cat.jpg", "Bearer secret", 405, false},
		{"DELETE", "/healthz", "Bearer secret", 405, false},
	} {
		wantSize(t, address+"/img/a/cat.jpg?w=160&fm=jpeg", 160, 120)
		eventually(t, "a variant is stored", func() bool { return countFiles(t, variants) == 1 })
		response, err := send(test.method, test.path, test.token)
		if err != nil {
			t.Fatal(err)
		}
		if isDropped := countFiles(t, variants) == 0; response.StatusCode != test.status || isDropped != test.isDropped {
			t.Errorf("%s %s %s: got %d, dropped %t, want %d, %t",
				test.method, test.path, test.token, response.StatusCode, isDropped, test.status, test.isDropped)
		}
		again, _ := get(t, address+"/img/a/cat.jpg?w=160&fm=jpeg")
		if isHit := again.Header.Get("Cache-Status") == "imgorigin; hit; detail=memory"; isHit == test.isDropped {
			t.Errorf("%s %s: then got %s", test.method, test.path, again.Header.Get("Cache-Status"))
		}
	}
}
