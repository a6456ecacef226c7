package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestDevShowsThePlayground(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	response, body := get(t, address+"/")
	if response.StatusCode != 200 || !bytes.Contains(body, []byte("/playground/app.js")) {
		t.Errorf("got %s: %.300s", response.Status, body)
	}
	if _, body := get(t, address+"/playground/keys"); !bytes.Contains(body, []byte(`"key":"lighthouse.jpg"`)) {
		t.Errorf("got %.300s", body)
	}

	photo := bytes.NewReader(resizetest.JPEG(resizetest.Photo(400, 300), 80))
	response, err := http.Post(address+"/playground/drop?name=cat.jpg", "image/jpeg", photo)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	_, rest, _ := strings.Cut(string(answer), `"key":"`)
	key, _, _ := strings.Cut(rest, `"`)
	if err != nil || response.StatusCode != http.StatusCreated || key == "" {
		t.Fatalf("got %s: %s, %v", response.Status, answer, err)
	}
	wantSize(t, address+"/img/"+key+"?w=200", 200, 150)
}

// The playground lists the keys of all originals, so serve has none by default.
func TestServePlaygroundIsOptIn(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "cat.jpg"), resizetest.JPEG(resizetest.Photo(40, 30), 80))
	args := []string{"serve", "--originals", dir, "--variants", "none"}
	address, _ := program(t, args...)
	for _, path := range []string{"/", "/playground/keys", "/playground/app.js"} {
		if response, _ := get(t, address+path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %s", path, response.Status)
		}
	}
	address, _ = program(t, append(args, "--playground")...)
	if response, body := get(t, address+"/playground/keys"); response.StatusCode != 200 || !bytes.Contains(body, []byte("cat.jpg")) {
		t.Errorf("got %s: %s", response.Status, body)
	}
	response, body := get(t, address+"/playground/config.json")
	if response.StatusCode != 200 || bytes.Contains(body, []byte(dir)) || !bytes.Contains(body, []byte(`"drop":0,"exact":false`)) ||
		!bytes.Contains(body, []byte(`"image/jpeg":"Go"`)) {
		t.Errorf("got %s: %s", response.Status, body)
	}
	for flag, extra := range map[string][]string{
		"--sign-required": {"--sign-required", "--sign-keys", "x"},
		"--origin-secret": {"--origin-secret", strings.Repeat("x", 40)},
	} {
		args := append(slices.Clone(args), "--playground", "--listen", "127.0.0.1:0", "--admin-listen", "none")
		err := run(t.Context(), append(args, extra...), os.Getenv, io.Discard)
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("with %s: got %v", flag, err)
		}
	}
}
