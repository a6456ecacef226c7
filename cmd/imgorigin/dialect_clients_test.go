package main

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The client libraries of other services work unchanged: what they sign gets exactly the size that it asks for, and what
// unpic, next/image and @nuxt/image write without a signature one of the ladder. IMGORIGIN_TEST_CLIENTS is a folder that .ci/clients made.
func TestRealClients(t *testing.T) {
	libraries := os.Getenv("IMGORIGIN_TEST_CLIENTS")
	if libraries == "" {
		t.Skip("IMGORIGIN_TEST_CLIENTS is not set")
	}
	script, err := os.ReadFile(filepath.Join("testdata", "clients.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(libraries, "clients.mjs")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), "node", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	must(t, os.Mkdir(filepath.Join(folder, "a b"), 0o700))
	var photo bytes.Buffer
	must(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 1600, 1200)), nil))
	for _, key := range []string{"cat.jpg", "a b/ü.jpg"} {
		writeFile(t, filepath.Join(folder, key), photo.Bytes())
	}
	address, _ := program(t, "dev", folder, "--no-exact", "--cache", "none",
		"--dialect", "imgix=/imgix/,imgproxy=/imgproxy/,thumbor=/thumbor/,cloudinary,ipx=/_ipx/,next,cloudflare",
		"--dialect-keys", "imgix=imgix-token,imgproxy=943b421c9eb07c83:520f986b998545b4,thumbor=thumbor-key,cloudinary=cloudinary-secret",
		"--dialect-sources", "s3://photos/=")
	urls := strings.Split(strings.TrimSpace(string(printed)), "\n")
	for _, line := range urls {
		name, url, _ := strings.Cut(line, " ")
		response, err := http.Get(address + url)
		if err != nil {
			t.Fatal(err)
		}
		m, format, err := image.DecodeConfig(response.Body)
		response.Body.Close()
		want := image.Pt(333, 222)
		switch service, _, _ := strings.Cut(name, "-"); service {
		case "unpic", "nuxt":
			want = image.Pt(480, 360)
		case "next":
			want = image.Pt(640, 480)
		}
		if got := image.Pt(m.Width, m.Height); err != nil || got != want || format != "jpeg" {
			t.Errorf("%s: %s: got %s, %s of %v, %v, want a JPEG of %v", name, url, response.Status, format, got, err, want)
		}
	}
	if len(urls) != 20 {
		t.Errorf("got %d URLs", len(urls))
	}
}
