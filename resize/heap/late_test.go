package heap

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// The collector waits for the garbage until it is stopped, and the limit is of the memory that is really used.
func TestCollectLate(t *testing.T) {
	const garbage, limit = 1 << 30, 8 << 30
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer SetLimit(math.MaxInt64)
	SetLimit(limit)
	stop := CollectLate(garbage)
	runtime.GC()
	if got := goal(); got < 2*garbage {
		t.Errorf("got a goal of %d MB, want at least %d", got>>20, 2*garbage>>20)
	}
	if got := debug.SetMemoryLimit(-1); got != limit+garbage {
		t.Errorf("got a limit of %d MB, want %d", got>>20, (limit+garbage)>>20)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	if got := goal(); got >= garbage {
		t.Errorf("after stop: got a goal of %d MB, want less than %d", got>>20, garbage>>20)
	}
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("after stop: got a limit of %d MB, want %d", got>>20, limit>>20)
	}
}

// goal returns the size of the heap at which the next collection begins.
func goal() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}
