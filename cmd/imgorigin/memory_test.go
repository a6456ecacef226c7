package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// largePhoto returns a JPEG of 24 megapixels.
var largePhoto = sync.OnceValue(func() []byte { return resizetest.JPEG(resizetest.Photo(6000, 4000), 85) })

// 64 sizes of an image of 24 megapixels are requested at once. Each is answered with the image or 503, in less than
// 400 MB.
func TestMemoryStaysBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector needs memory of its own")
	}
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), largePhoto())
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none", "--exact",
		"--memory", "64MiB", "--gate-memory", "448MiB", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[string]int)
	for i := range 64 {
		wg.Go(func() {
			response, err := http.Get(fmt.Sprintf("%s/img/cat.jpg?w=%d", address, 200+i*25))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				statuses[err.Error()]++
				return
			}
			defer response.Body.Close()
			io.Copy(io.Discard, response.Body)
			statuses[response.Status+response.Header.Get("Retry-After")]++
		})
	}
	wg.Wait()
	// The peak that the system reports at the end is at least that of this test binary, which forked the process.
	peak := residentMemory(t, command.Process.Pid, "VmHWM")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v: %s", err, out)
	}
	for status := range statuses {
		if status != "200 OK" && status != "503 Service Unavailable2" {
			t.Errorf("got statuses %v", statuses)
		}
	}
	t.Logf("%v, peak %.0f MB, CPU %v", statuses, peak/1e6, command.ProcessState.UserTime())
	if peak > 400e6 {
		t.Errorf("got a peak of %.0f MB, want less than 400", peak/1e6)
	}
	if statuses["200 OK"] == 0 {
		t.Errorf("got statuses %v: no image was answered", statuses)
	}
}

// A size of an image of 24 megapixels takes less than 25 MB beyond the memory of the idle process.
func TestMemoryOfOneImage(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector needs memory of its own")
	}
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), largePhoto())
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", "none", "--exact",
		"--listen", "127.0.0.1:0", "--admin-listen", "none")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	get(t, address+"/healthz")
	idle := residentMemory(t, command.Process.Pid, "VmRSS")
	wantSize(t, address+"/img/cat.jpg?w=800", 800, 533)
	peak := residentMemory(t, command.Process.Pid, "VmHWM")
	t.Logf("idle %.1f MB, peak %.1f MB", idle/1e6, peak/1e6)
	if peak-idle > 25e6 {
		t.Errorf("got %.1f MB beyond the %.1f of the idle process, want less than 25", (peak-idle)/1e6, idle/1e6)
	}
}

// Forty clients read a large variant slowly. It takes little memory, as it is read from the store piece by piece.
func TestMemoryOfSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector needs memory of its own")
	}
	originals := t.TempDir()
	m := image.NewNRGBA(image.Rect(0, 0, 2000, 2000))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range m.Pix {
		m.Pix[i] = uint8(random.Uint32())
	}
	var noise bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&noise, m); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(originals, "noise.png"), noise.Bytes())
	command, out := process(t, nil, "serve", "--originals", originals, "--variants", t.TempDir(),
		"--memory", "64MiB", "--gate-memory", "256MiB", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	url := "http://" + out.await(t, `"addr":"([^"]+)"`) + "/img/noise.png?fm=png"
	for range 2 { // the second is answered as those below are
		get(t, url)
	}
	before := residentMemory(t, command.Process.Pid, "VmRSS")
	const clients = 40
	var size int64
	for range clients {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() // which nobody reads
		if size = response.ContentLength; response.StatusCode != http.StatusOK {
			t.Fatalf("got %s", response.Status)
		}
	}
	taken := residentMemory(t, command.Process.Pid, "VmRSS") - before
	t.Logf("%d clients of %.1f MB take %.1f MB", clients, float64(size)/1e6, taken/1e6)
	if size < 15e6 || taken > 40e6 {
		t.Errorf("%d clients of %d MB take %.1f MB, want less than 40", clients, size/1e6, taken/1e6)
	}
}

// residentMemory returns a figure of proc_pid_status(5), in bytes.
func residentMemory(t *testing.T, pid int, name string) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc on this system")
	}
	var kilobytes float64
	_, after, _ := strings.Cut(string(status), name+":")
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return kilobytes * 1024
}
