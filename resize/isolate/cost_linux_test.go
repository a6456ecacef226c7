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

// BenchmarkCost reports the CPU time of an isolated engine relative to that of the same engine in this process, and the
// latter in milliseconds. They are measured in turns, so that other work of the machine affects both alike, and the
// medians are reported.
func BenchmarkCost(b *testing.B) {
	var last *exec.Cmd
	p := newPool(b, isolate.Config{Workers: 1, Command: func() *exec.Cmd { last = command(); return last }})
	local, isolated := resize.NewEngine(resize.EngineConfig{}), p.Engine(resize.EngineConfig{})
	ballast := make([]byte, 256<<20) // like a cache of images: with a larger heap the collector runs less often
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
		b.Run(test.name, func(b *testing.B) {
			src := resizetest.JPEG(resizetest.Photo(test.w, test.h), 88)
			spent := func(e resize.Engine) time.Duration {
				before := cpu(b, os.Getpid()) + cpu(b, last.Process.Pid)
				if _, err := e.Resize(b.Context(), src, test.t); err != nil {
					b.Fatal(err)
				}
				return cpu(b, os.Getpid()) + cpu(b, last.Process.Pid) - before
			}
			spent(isolated) // starts the process
			var ratios, base []float64
			for b.Loop() {
				localTime, isolatedTime := spent(local), spent(isolated)
				ratios = append(ratios, float64(isolatedTime)/float64(localTime))
				base = append(base, float64(localTime)/1e6)
			}
			slices.Sort(ratios)
			slices.Sort(base)
			b.ReportMetric(base[len(base)/2], "own-ms/op")
			b.ReportMetric(ratios[len(ratios)/2], "isolated/own")
		})
	}
}

// cpu returns the CPU time that a process has used (clock_getcpuclockid(3)).
func cpu(t testing.TB, pid int) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &now); err != nil {
		t.Fatal(err)
	}
	return time.Duration(now.Nano())
}
