package heap

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestLend checks that what is lent is taken from the limit of the heap, and that garbage makes room for it.
func TestLend(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer SetLimit(math.MaxInt64)

	Lend(64 << 20)()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("without a limit: got %d", got)
	}
	debug.FreeOSMemory()
	garbage := make([]byte, 64<<20)
	for i := range garbage {
		garbage[i] = 1
	}
	runtime.KeepAlive(garbage)
	garbage = nil
	limit := held() + 16<<20
	SetLimit(limit)
	if Lend(smallest - 1)(); debug.SetMemoryLimit(-1) != limit {
		t.Errorf("a few MiB change the limit: got %d, want %d", debug.SetMemoryLimit(-1), limit)
	}
	giveBack := Lend(48 << 20)
	if got, want := debug.SetMemoryLimit(-1), limit-48<<20; got != want {
		t.Errorf("lent: got a limit of %d, want %d", got, want)
	}
	if got := held(); got > limit-48<<20 {
		t.Errorf("lent: Go holds %d bytes, want less than the limit of %d", got, limit-48<<20)
	}
	giveBack()
	giveBack()
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("given back: got a limit of %d, want %d", got, limit)
	}
}

func TestRaise(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer SetLimit(math.MaxInt64)
	Raise(64 << 20)()
	if got := debug.SetMemoryLimit(-1); got != math.MaxInt64 {
		t.Errorf("without a limit: got %d", got)
	}
	const limit = 1 << 30
	SetLimit(limit)
	restore := Raise(64 << 20)
	if got := debug.SetMemoryLimit(-1); got != limit+64<<20 {
		t.Errorf("raised: got a limit of %d", got)
	}
	restore()
	restore()
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("restored: got a limit of %d, want %d", got, limit)
	}
}
