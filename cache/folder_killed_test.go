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

// TestPutsForEver is the process that is killed below: it puts variants until then.
func TestPutsForEver(t *testing.T) {
	dir := os.Getenv("IMGORIGIN_TEST_PUTS")
	if dir == "" {
		t.Skip("not a process that TestKilledWhileItPuts began")
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

// A process is killed while it writes, again and again, in most cases halfway through a file: what is found then is
// whole or not there, and what it left half done is swept away.
func TestKilledWhileItPuts(t *testing.T) {
	if testing.Short() {
		t.Skip("a process takes long to begin under the race detector")
	}
	dir := t.TempDir()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	halfway, whole := 0, 0
	for range 15 {
		command := exec.Command(executable, "-test.run=^TestPutsForEver$")
		command.Env = append(os.Environ(), "IMGORIGIN_TEST_PUTS="+dir)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return len(temps(t, dir)) > 0 })
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond) // the moment is what is random here
		command.Process.Kill()
		command.Wait()
		halfway += len(temps(t, dir))
		long := time.Now().Add(-2 * time.Hour)
		for _, name := range temps(t, dir) {
			if err := os.Chtimes(name, long, long); err != nil {
				t.Fatal(err)
			}
		}
		s := openFolder(t, dir)
		for i := range 5 {
			switch _, err := s.Get(t.Context(), killedKey(i)); { // holds it to its sum
			case err == nil:
				whole++
			case !errors.Is(err, fs.ErrNotExist):
				t.Errorf("after a kill: %v", err)
			}
		}
		if left := temps(t, dir); len(left) > 0 {
			t.Errorf("not swept: %v", left)
		}
	}
	t.Logf("%d of 15 kills were halfway through a file; %d variants were found, all whole", halfway, whole)
	if halfway == 0 || whole == 0 {
		t.Errorf("got %d kills halfway through a file and %d variants, want some of both", halfway, whole)
	}
}

func temps(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func await(t *testing.T, isSo func() bool) {
	t.Helper()
	for range 10_000 {
		if isSo() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it does not come about")
}
