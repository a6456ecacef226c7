package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// An event warms an original, another drops it, and an original that does not decode is quarantined: all on folders.
func TestEventsOnFolders(t *testing.T) {
	t.Parallel() // most of it is waiting for the second settlement
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(800, 600), 80)
	for name, body := range map[string][]byte{"cat.jpg": photo, "bad.jpg": photo[:len(photo)/2]} {
		writeFile(t, filepath.Join(originals, name), body)
	}
	address, _ := program(t, "serve", "--originals", originals, "--variants", variants, "--quarantine", quarantine,
		"--hook-token", "secret", "--revalidate", "never", "--fill-timeout", "5s", "--siblings", "0", "--warm", "w=160,320&fm=auto,png")
	send := func(token, name, key string, want int) {
		t.Helper()
		body := fmt.Sprintf(`{"Records":[{"eventName":%q,"s3":{"bucket":{"name":"any"},"object":{"key":%q,"sequencer":"0A"}}}]}`, name, key)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/hooks/s3", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s of %s: got %s, want %d", name, key, response.Status, want)
		}
	}
	send("wrong", "ObjectCreated:Put", "cat.jpg", 401)
	send("secret", "ObjectCreated:Put", "cat.jpg", 202)
	send("secret", "ObjectCreated:Put", "bad.jpg", 202)
	eventually(t, "four variants", func() bool { return countFiles(t, variants) == 4 })
	eventually(t, "the corrupt original in quarantine, with its case", func() bool { return countFiles(t, quarantine) == 2 })
	if got := wantSize(t, address+"/img/cat.jpg?w=320", 320, 240).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("a warmed size: got Cache-Status %q", got)
	}
	if response, _ := get(t, address+"/img/bad.jpg?w=320"); response.StatusCode != 422 {
		t.Errorf("the corrupt original: got %s, want 422", response.Status)
	}
	if err := os.Remove(filepath.Join(originals, "cat.jpg")); err != nil {
		t.Fatal(err)
	}
	send("secret", "ObjectRemoved:Delete", "cat.jpg", 202)
	eventually(t, "all variants dropped", func() bool { return countFiles(t, variants) == 0 })
	if response, _ := get(t, address+"/img/cat.jpg?w=320"); response.StatusCode != 404 {
		t.Errorf("the deleted original: got %s, want 404", response.Status)
	}
}
