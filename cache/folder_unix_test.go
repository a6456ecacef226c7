//go:build unix

package cache_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// A Put that fails halfway leaves the old variant and no temporary file. A limit on the size of files stands for a
// full disk. It is that of another process, as go test has this one write a log file, which may exceed it.
func TestFolderStoreOnAFullDisk(t *testing.T) {
	const inProcess = "IMGORIGIN_TEST_FULL_DISK"
	if os.Getenv(inProcess) == "" {
		executable, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command(executable, "-test.run=^"+t.Name()+"$", "-test.v")
		command.Env = append(os.Environ(), inProcess+"=1")
		if out, err := command.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	dir := t.TempDir()
	s := openFolder(t, dir)
	old := cachetest.NewVariant("a", 1000)
	if err := s.Put(t.Context(), key, old); err != nil {
		t.Fatal(err)
	}

	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	full := limit
	full.Cur = 1 << 20 // bytes
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Fatal(err)
	}
	err := s.Put(t.Context(), key, cachetest.NewVariant("b", 4<<20))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}

	if err == nil {
		t.Error("put: got no error")
	}
	onlyFile(t, dir)
	if v, err := s.Get(t.Context(), key); err != nil || v.ETag != old.ETag {
		t.Errorf("the old variant: got %v, %v, want it unchanged", v, err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("got %v, %v left behind", left, err)
	}
}
