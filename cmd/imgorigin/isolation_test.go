package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/cmd/imgorigin/build"
	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// Images are decoded in processes that have none of the server's environment. When such a process dies, only the image
// that it was decoding is affected.
func TestIsolate(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked for in /proc")
	}
	originals, variants := t.TempDir(), t.TempDir()
	photo := resizetest.JPEG(resizetest.Photo(400, 300), 80)
	writeFile(t, filepath.Join(originals, "cat.jpg"), photo)
	writeFile(t, filepath.Join(originals, "half.jpg"), photo[:len(photo)/2])
	server, out := process(t, []string{"AWS_SECRET_ACCESS_KEY=secret"}, "serve", "--isolate", "--originals", originals,
		"--variants", variants, "--exact", "--siblings", "0", "--listen", "127.0.0.1:0", "--admin-listen", "none")
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	if !strings.Contains(out.String(), `"without":["memory","privileges","files","network","processes"]`) {
		t.Errorf("the log does not show the protections: %s", out)
	}
	wantSize(t, address+"/img/cat.jpg?w=200&fm=png", 200, 150)
	if build.NewEngine(resize.Limits{}).Encodes(resize.WebP) {
		if response, body := get(t, address+"/img/cat.jpg?w=200&fm=webp"); resize.Detect(body) != resize.WebP {
			t.Errorf("got %s, %.100q", response.Status, body)
		}
	}
	if response, body := get(t, address+"/img/half.jpg?w=200"); response.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a truncated image: got %s, %.100q", response.Status, body)
	}

	first := workersOf(t, server.Process.Pid)
	if len(first) == 0 {
		t.Fatal("there are no processes that decode")
	}
	for _, pid := range first {
		environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err == nil && len(environ) > 0 {
			t.Errorf("got the environment %q", environ)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
	for w := 100; w < 120; w += 4 {
		wantSize(t, fmt.Sprintf("%s/img/cat.jpg?w=%d", address, w), w, w*3/4)
	}

	last := workersOf(t, server.Process.Pid)
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	for _, pid := range last {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d is left behind", pid)
		}
	}
}

// A process that hangs costs one image, within the time limit of an image, and is counted.
func TestIsolateCountsLosses(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked for in /proc")
	}
	t.Parallel() // most of it is waiting for the process that hangs
	originals := t.TempDir()
	writeFile(t, filepath.Join(originals, "cat.jpg"), resizetest.JPEG(resizetest.Photo(400, 300), 80))
	const processes = 2
	server, out := process(t, []string{fmt.Sprint("GOMAXPROCS=", processes)}, "serve", "--isolate", "--originals", originals,
		"--variants", "none", "--exact", "--drafts", "off", "--fill-timeout", "10s",
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
	admin := "http://" + out.await(t, `"admin":"([^"]+)"`)
	address := "http://" + out.await(t, `"addr":"([^"]+)"`)
	wantLosses := func(want string) {
		t.Helper()
		if _, page := get(t, admin+"/metrics"); !strings.Contains(string(page), "\nimgorigin_lost_decoders_total "+want+"\n") {
			t.Errorf("the metrics do not show %s losses", want)
		}
	}
	wantLosses("0")
	hung := workersOf(t, server.Process.Pid)
	for _, pid := range hung {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	statuses := make(map[int]int)
	for i := range processes { // each gets one
		response, _ := get(t, fmt.Sprintf("%s/img/cat.jpg?w=%d", address, 100+i))
		statuses[response.StatusCode]++
	}
	lost, good := statuses[http.StatusUnprocessableEntity], statuses[http.StatusOK]
	if len(hung) == 0 || lost != len(hung) || good+len(hung) != processes {
		t.Errorf("of %d processes that hang: got statuses %v", len(hung), statuses)
	}
	wantLosses(fmt.Sprint(len(hung)))
}

// workersOf returns the decoding processes of a server.
func workersOf(t *testing.T, owner int) (pids []int) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		stat, err := os.ReadFile(name) // pid (name) state parent …
		if err != nil {
			continue // it has ended
		}
		var pid, parent int
		var state string
		behind := stat[bytes.LastIndexByte(stat, ')')+1:]
		if _, err := fmt.Sscan(string(behind), &state, &parent); err != nil || parent != owner || state == "Z" {
			continue
		}
		if _, err := fmt.Sscan(string(stat), &pid); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
