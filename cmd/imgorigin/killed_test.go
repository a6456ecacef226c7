package main

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// A server is killed repeatedly while it writes to a folder. Afterwards everything that it serves is whole, and partial
// files are deleted when they are old.
func TestKilledServers(t *testing.T) {
	if testing.Short() {
		t.Skip("processes take too long under the race detector")
	}
	variants := t.TempDir()
	testKilledServers(t, 6, variants)

	left, err := os.ReadDir(filepath.Join(variants, ".tmp"))
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(variants, ".tmp", "half") // if no kill hit a write
	writeFile(t, half, []byte("half"))
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range append(namesOf(left), "half") {
		if err := os.Chtimes(filepath.Join(variants, ".tmp", name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	program(t, "serve", "--originals", t.TempDir(), "--variants", variants)
	if n := countFiles(t, filepath.Join(variants, ".tmp")); n != 0 {
		t.Errorf("got %d partial files", n)
	}
	t.Logf("%d kills hit a write", len(left))
}

func namesOf(entries []os.DirEntry) (names []string) {
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestRealKilledServers does the same with a bucket of the server that IMGORIGIN_TEST_S3 names. It is skipped without
// one.
func TestRealKilledServers(t *testing.T) {
	_, buckets := realBuckets(t, "killed")
	testKilledServers(t, 20, "s3://"+buckets[0])
}

func testKilledServers(t *testing.T, kills int, variants string) {
	originals := t.TempDir()
	for i := range 4 {
		writeFile(t, filepath.Join(originals, fmt.Sprintf("%d.jpg", i)), resizetest.JPEG(resizetest.Photo(700+i, 500), 85))
	}
	var paths []string
	for i := range 4 {
		for w := 300; w < 700; w += 50 {
			paths = append(paths, fmt.Sprintf("/img/%d.jpg?w=%d&q=100&fm=jpeg", i, w))
		}
	}
	serve := func(variants string) []string {
		return []string{"serve", "--originals", originals, "--variants", variants, "--exact", "--siblings", "0", "--memory", "0"}
	}
	for range kills {
		killServer(t, serve(variants), paths)
	}
	after, _ := program(t, serve(variants)...)
	fresh, _ := program(t, serve("none")...)
	stored := 0
	for _, path := range paths {
		got, body := get(t, after+path)
		if strings.Contains(got.Header.Get("Cache-Status"), "detail=store") {
			stored++
		}
		// A size that was made together with others shares a pyramid with them, and differs in some bytes.
		want, right := get(t, fresh+path)
		isAlike := bytes.Equal(body, right) || likeness(body, right) >= 35
		if got.StatusCode != http.StatusOK || want.StatusCode != http.StatusOK || !isAlike {
			t.Errorf("%s: got %s and %d bytes that are %.1f dB from the %d bytes of %s: %s",
				path, got.Status, len(body), likeness(body, right), len(right), want.Status, got.Header.Get("Cache-Status"))
		}
	}
	t.Logf("%d of %d were in the store", stored, len(paths))
	if stored == 0 {
		t.Error("nothing was in the store: was every server killed before it wrote?")
	}
}

// killServer starts a server, requests paths at random, and kills the server a moment after its first answer from the store, which
// it has put there itself, or one that was killed before.
func killServer(t *testing.T, args, paths []string) {
	t.Helper()
	command, out := process(t, nil, append(args, "--listen", "127.0.0.1:0", "--admin-listen", "none")...)
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	var wg sync.WaitGroup
	answered := make(chan struct{}, 1)
	for range 4 {
		wg.Go(func() {
			for {
				response, err := http.Get(address + paths[mathrand.IntN(len(paths))])
				if err != nil {
					return // the server is dead
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if !strings.Contains(response.Header.Get("Cache-Status"), "detail=store") {
					continue
				}
				select {
				case answered <- struct{}{}:
				default:
				}
			}
		})
	}
	<-answered
	time.Sleep(time.Duration(mathrand.IntN(30)) * time.Millisecond)
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait()
	wg.Wait()
}

// likeness returns the PSNR of two images in dB, -Inf if one of them does not decode.
func likeness(a, b []byte) float64 {
	m, _, errA := image.Decode(bytes.NewReader(a))
	n, _, errB := image.Decode(bytes.NewReader(b))
	if errA != nil || errB != nil {
		return math.Inf(-1)
	}
	return resizetest.PSNR(m, n)
}
