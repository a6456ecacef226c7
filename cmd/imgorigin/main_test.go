package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

func TestDevSamples(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	address, _ := program(t, "dev")
	wantSize(t, address+"/img/lighthouse.jpg?w=300", 300, 400)
	wantSize(t, address+"/img/mountains.jpg?w=480", 480, 320)
	wantSize(t, address+"/img/orbit.gif?w=160", 160, 160)
	wantSize(t, address+"/img/badge.png?w=100&blur=2", 100, 100)
}

// A folder's pictures are served, a change shows at once, and the next process finds what this one made.
func TestDevFolder(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	pictures := t.TempDir()
	write := func(name string, w, h int) {
		t.Helper()
		name = filepath.Join(pictures, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, resizetest.JPEG(resizetest.Photo(w, h), 80), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("holiday/a cat.jpg", 400, 300)
	address, stop := program(t, "dev", pictures)
	cat := address + "/img/holiday/a%20cat.jpg?w=333"
	wantSize(t, cat, 333, 250)
	write("holiday/a cat.jpg", 300, 400)
	wantSize(t, cat, 300, 400)
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	address, _ = program(t, "dev", pictures)
	cat = address + "/img/holiday/a%20cat.jpg?w=333"
	if got := wantSize(t, cat, 300, 400).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("after a restart: got Cache-Status %q", got)
	}
	if err := os.Remove(filepath.Join(pictures, "holiday/a cat.jpg")); err != nil {
		t.Fatal(err)
	}
	if response, _ := get(t, cat); response.StatusCode != 404 {
		t.Errorf("after its deletion: got %s, want 404", response.Status)
	}
}

func TestServeFolders(t *testing.T) {
	originals, variants := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(800, 600), 80), 0o600); err != nil {
		t.Fatal(err)
	}
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

// How files are written is set once for all.
func TestEncodingSettings(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // nothing of the first is shown by the second
	var sizes []int
	for _, args := range [][]string{{"dev"}, {"dev", "--progressive", "--format-quality", "jpeg=20"}} {
		address, _ := program(t, args...)
		_, body := get(t, address+"/img/mountains.jpg?w=640&fm=jpeg")
		h, err := resize.ProbeBytes(body)
		if err != nil || h.Progressive != (len(args) > 1) {
			t.Errorf("%v: got %+v, %v", args, h, err)
		}
		sizes = append(sizes, len(body))
	}
	if sizes[1] > sizes[0]/2 {
		t.Errorf("got %d bytes at quality 20, %d at that of the format", sizes[1], sizes[0])
	}
}

func TestVersion(t *testing.T) {
	got := runOutput(t, "version")
	for _, want := range []string{"imgorigin ", "kernels of " + resize.Kernels() + "\n", "\nreads  jpeg png gif", "\nwrites jpeg png gif"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q in it", got, want)
		}
	}
}

func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	none := map[string]string{}
	tests := []struct {
		args []string
		env  map[string]string
		want string
	}{
		{[]string{"serve"}, none, "--originals"},
		{[]string{"serve", "--originals", dir, "--variants", dir}, none, "overlap"},
		{[]string{"serve", "--originals", dir, "--variants", filepath.Join(dir, "v")}, none, "overlap"},
		{[]string{"serve", "--originals", "s3://a/x", "--variants", "s3://a"}, none, "overlap"},
		{[]string{"serve", "--originals", "gs://a", "--variants", "none"}, none, "s3://bucket/prefix or a folder"},
		{[]string{"serve", "--originals", "s3://", "--variants", "none"}, none, "no bucket"},
		{[]string{"serve", "--originals", filepath.Join(dir, "no"), "--variants", "none"}, none, "no such file"},
		{[]string{"serve", "--originals", "none", "--variants", "none"}, none, "originals"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--revalidate", "-1s"}, none, "--revalidate"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--memory", "much"}, none, "--memory"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--format-quality", "jpeg=101"}, none, "--format-quality"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--format-quality", "png=80"}, none, "want jpeg, webp or avif"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_WIDTHS": "9999"}, "widths"},
		{[]string{"serve", "--originals", dir, "--variants", "none"}, map[string]string{"IMGORIGIN_RATIOS": "wide"}, "--ratios"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--listen", "nowhere:1:2"}, none, "listen"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--listen", "127.0.0.1:0", "--admin-listen", "nowhere:1:2"}, none, "--admin-listen"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--sign-keys", ",k"}, none, "anybody could sign"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--origin-secret", "a,,b"}, none, "origin secret is empty"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--origin-secret="}, none, "list of origin secrets is empty"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--trusted-proxies", "10.0.0.0/99"}, none, "--trusted-proxies"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--traces", "localhost:4318"}, none, "--traces"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--traces", "http://localhost:4318", "--trace-ratio", "2"}, none, "--trace-ratio"},
		{[]string{"serve", "--originals", dir, "--variants", "none", "--emf", "x", "--emf-every", "0s"}, none, "--emf-every"},
		{[]string{"sign", "--sign-keys", "k", "/cat.jpg"}, none, "/img/"},
		{[]string{"sign", "--sign-keys", ",k", "/img/cat.jpg"}, none, "anybody could sign"},
		{[]string{"dev", filepath.Join(dir, "no")}, none, "no such file"},
		{[]string{"health", "--listen", "127.0.0.1:1"}, none, "refused"},
	}
	for _, test := range tests {
		err := run(t.Context(), test.args, func(name string) string { return test.env[name] }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want …%s…", test.args, err, test.want)
		}
	}
}

func TestEdge(t *testing.T) {
	if got := runOutput(t, "edge"); !strings.Contains(got, "async function handler") && !strings.Contains(got, "function handler") || len(got) > 10<<10 {
		t.Errorf("got %d bytes: %.200s", len(got), got)
	}
	got := runOutput(t, "edge", "--formats", "jpeg,webp", "--test-url", "https://x.cloudfront.net/img/a%20b.jpg?w=400&q=80&utm=1")
	if got != "/v/a%20b.jpg/w=480,q=75.webp\n" {
		t.Errorf("got %s", got)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"edge", "--test-url", "/img/a.jpg?w=abc"}, func(string) string { return "" }, &out)
	if !errors.Is(err, exitCode(1)) || !strings.Contains(out.String(), "400 w: got") {
		t.Errorf("got %v, %s", err, &out)
	}
}

// The whole pipeline on folders: an event makes the common sizes, another forgets them, and what is no picture is
// set aside.
func TestEventsOnFolders(t *testing.T) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(800, 600), 80)
	for name, body := range map[string][]byte{"cat.jpg": photo, "bad.jpg": photo[:len(photo)/2]} {
		if err := os.WriteFile(filepath.Join(originals, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address, _ := program(t, "serve", "--originals", originals, "--variants", variants, "--quarantine", quarantine,
		"--hook-token", "secret", "--revalidate", "never", "--siblings", "0", "--warm", "w=160,320&fm=auto,png")
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
	await := func(what string, isSo func() bool) {
		t.Helper()
		for range 500 {
			if isSo() {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s: it does not come about", what)
	}
	send("wrong", "ObjectCreated:Put", "cat.jpg", 401)
	send("secret", "ObjectCreated:Put", "cat.jpg", 202)
	send("secret", "ObjectCreated:Put", "bad.jpg", 202)
	await("four variants", func() bool { return countFiles(t, variants) == 4 })
	await("the bad one set aside, with its case", func() bool { return countFiles(t, quarantine) == 2 })
	if got := wantSize(t, address+"/img/cat.jpg?w=320", 320, 240).Header.Get("Cache-Status"); got != "imgorigin; hit; detail=store" {
		t.Errorf("a warm size: got Cache-Status %q", got)
	}
	if response, _ := get(t, address+"/img/bad.jpg?w=320"); response.StatusCode != 422 {
		t.Errorf("the bad one: got %s, want 422", response.Status)
	}
	if err := os.Remove(filepath.Join(originals, "cat.jpg")); err != nil {
		t.Fatal(err)
	}
	send("secret", "ObjectRemoved:Delete", "cat.jpg", 202)
	await("all forgotten", func() bool { return countFiles(t, variants) == 0 })
	if response, _ := get(t, address+"/img/cat.jpg?w=320"); response.StatusCode != 404 {
		t.Errorf("the deleted one: got %s, want 404", response.Status)
	}
}

// By hand: warm what is there, say so as JSON, drop it, and bring a repaired original back.
func TestWarmDropRedrive(t *testing.T) {
	originals, variants, quarantine := t.TempDir(), t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(400, 300), 80)
	write := func(name string, body []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(originals, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		write(fmt.Sprintf("%d.jpg", i), photo)
	}
	write("bad.jpg", []byte("no picture"))
	places := []string{"--originals", originals, "--variants", variants, "--quarantine", quarantine, "--warm", "w=160,320&fm=auto"}
	command := func(want error, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), append(args, places...), func(string) string { return "" }, &out); !errors.Is(err, want) {
			t.Errorf("%v: got %v, want %v: %s", args, err, want, &out)
		}
		return out.String()
	}
	if got := command(exitCode(1), "warm"); !strings.Contains(got, `"done":5,`) || !strings.Contains(got, `"failed":1,`) || countFiles(t, variants) != 10 {
		t.Errorf("warm: got %s and %d files", got, countFiles(t, variants))
	}
	if got := command(nil, "warm", "0.jpg"); got != "0.jpg: 0 made, 2 there\n" {
		t.Errorf("again: got %s", got)
	}
	if command(nil, "drop", "0.jpg", "1.jpg"); countFiles(t, variants) != 6 {
		t.Errorf("drop: got %d files, want 6", countFiles(t, variants))
	}
	write("bad.jpg", photo)
	if got := command(nil, "redrive"); !strings.Contains(got, `"back":1,`) || countFiles(t, variants) != 8 {
		t.Errorf("redrive: got %s and %d files", got, countFiles(t, variants))
	}
}

func TestHelp(t *testing.T) {
	got := runOutput(t, "serve", "--help")
	for _, want := range []string{"--originals=LOCATION", "($IMGORIGIN_ORIGINALS)", "--gate-memory", "IMGORIGIN_SIGN_KEYS"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %s in %s", want, got)
		}
	}
}
