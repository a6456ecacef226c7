package isolate_test

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/imgorigin/imgorigin/resize"
	"github.com/imgorigin/imgorigin/resize/isolate"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// TestCost measures what a process of its own adds to a fill: the ratio of CPU times of both processes, the two ways
// taken in turns, so that what else the machine does falls on both.
func TestCost(t *testing.T) {
	if os.Getenv("IMGORIGIN_TEST_COST") == "" {
		t.Skip("IMGORIGIN_TEST_COST is not set: it takes a minute of an idle machine")
	}
	var last *exec.Cmd
	p := newPool(t, isolate.Config{Workers: 1, Command: func() *exec.Cmd { last = command(); return last }})
	here, there := resize.NewEngine(resize.EngineConfig{}), p.Engine(resize.EngineConfig{})
	ballast := make([]byte, 256<<20) // as the pictures in memory, which keep the collector from running all the time
	defer runtime.KeepAlive(ballast)
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, test := range []struct {
		name string
		w, h int
		t    resize.Transform
	}{
		{"24 MP to 800", 6000, 4000, resize.Transform{Width: 800, Format: resize.JPEG}},
		{"12 MP to 320", 4000, 3000, resize.Transform{Width: 320, Format: resize.JPEG}},
		{"3 MP to 800", 2048, 1536, resize.Transform{Width: 800, Format: resize.JPEG}},
	} {
		src := resizetest.JPEG(resizetest.Photo(test.w, test.h), 88)
		var ratios, base []float64
		for range 60 {
			spent := func(e resize.Engine) time.Duration {
				before := cpu(t, os.Getpid()) + cpu(t, last.Process.Pid)
				if _, err := e.Resize(t.Context(), src, test.t); err != nil {
					t.Fatal(err)
				}
				return cpu(t, os.Getpid()) + cpu(t, last.Process.Pid) - before
			}
			a, b := spent(here), spent(there)
			ratios, base = append(ratios, float64(b)/float64(a)), append(base, float64(a)/1e6)
		}
		slices.Sort(ratios)
		slices.Sort(base)
		t.Logf("%s, %d kB: %.1f ms here; isolated %.3f times as much (quartiles %.3f and %.3f)",
			test.name, len(src)/1000, base[30], ratios[30], ratios[15], ratios[45])
	}
}

// cpu returns what a process has used (clock_getcpuclockid(3)).
func cpu(t *testing.T, pid int) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}
