//go:build unix

package cache_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cache/cachetest"
)

// TestPutsForEver is not a test but the process that TestKilledWhileItPuts starts: it puts variants until it is
// killed.
func TestPutsForEver(t *testing.T) {
	dir := os.Getenv("IMGORIGIN_TEST_PUTS")
	if dir == "" {
		t.Skip("not a process that TestKilledWhileItPuts started")
	}
	s := openFolder(t, dir)
	var variants []*cache.Variant
	for i := range 7 {
		variants = append(variants, cachetest.NewVariant(fmt.Sprint("variant ", i), (4+i)<<20))
	}
	for i := 0; ; i++ {
		if err := s.Put(t.Context(), killedKey(i), variants[i%len(variants)]); err != nil {
			t.Fatal(err)
		}
	}
}

func killedKey(i int) cache.Key {
	return cache.Key{Original: fmt.Sprintf("%d.jpg", i%5), Transform: "w=480.webp"}
}

// A process is killed repeatedly while it writes, mostly halfway through a file. Afterwards every variant is whole
// or absent, and the next open removes the temporary files.
func TestKilledWhileItPuts(t *testing.T) {
	if testing.Short() {
		t.Skip("a process takes long to start under the race detector")
	}
	dir := t.TempDir()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	halfway, whole, kills := 0, 0, 6
	if os.Getenv("IMGORIGIN_TEST_KILLS") != "" { // for .ci/run
		kills = 30
	}
	for i := 0; i < kills || (halfway == 0 || whole == 0) && i < 10*kills; i++ {
		command := exec.Command(executable, "-test.run=^TestPutsForEver$")
		command.Env = append(os.Environ(), "IMGORIGIN_TEST_PUTS="+dir)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return len(temps(t, dir)) > 0 })
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond) // kills at a random moment
		command.Process.Kill()
		command.Wait()
		halfway += len(temps(t, dir))
		hoursAgo := time.Now().Add(-2 * time.Hour) // temporary files of the last hour are not removed
		for _, name := range temps(t, dir) {
			if err := os.Chtimes(name, hoursAgo, hoursAgo); err != nil {
				t.Fatal(err)
			}
		}
		s := openFolder(t, dir)
		for i := range 5 {
			switch _, err := s.Get(t.Context(), killedKey(i)); { // Get checks the checksum
			case err == nil:
				whole++
			case !errors.Is(err, fs.ErrNotExist):
				t.Errorf("after a kill: %v", err)
			}
		}
		if left := temps(t, dir); len(left) > 0 {
			t.Errorf("not removed: %v", left)
		}
	}
	t.Logf("%d of %d kills were halfway through a file; %d variants were found, all whole", halfway, kills, whole)
	if halfway == 0 || whole == 0 {
		t.Errorf("got %d kills halfway through a file and %d variants, want some of both", halfway, whole)
	}
}

// temps returns the temporary files and folders of a store.
func temps(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// await returns when the condition holds, which takes at most a minute: a process has to start before it does.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for range 60_000 {
		if holds() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("the condition does not come to hold")
}
