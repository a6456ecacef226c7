// Package heap shares the memory of a process between Go's heap, with its garbage, and code in C.
//
//	├──────────────── limit ────────────────┤
//	├── in use ──┤ garbage ├──── lent ──────┤
//
// The garbage collector knows only the memory of Go: left alone, it fills with garbage what code in C takes in addition.
// So the limit at which it works harder is lowered by what is lent to C for as long as that lasts.
//
// The limit is one of the process, and so is the state of this package. All functions are safe for concurrent use.
package heap

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// process is the memory of this process, in bytes.
var process = struct {
	sync.Mutex
	limit   int64 // math.MaxInt64 for none
	lent    int64
	ballast int64 // see CollectLate
}{limit: math.MaxInt64}

// smallest is what is worth lowering the limit for, in bytes: the world stops for some microseconds.
const smallest = 4 << 20

// SetLimit sets the memory that Go's heap and what is lent may take together, in bytes.
func SetLimit(bytes int64) {
	process.Lock()
	defer process.Unlock()
	process.limit = bytes
	apply()
}

// Lend lends memory to code in C until giveBack is called. If Go holds more than what is left, Lend has it return its
// garbage to the system first. It does nothing for a few MiB, or if no limit is set.
func Lend(bytes int64) (giveBack func()) {
	if bytes < smallest {
		return func() {}
	}
	if left := lend(bytes); held() > left {
		debug.FreeOSMemory()
	}
	return sync.OnceFunc(func() { lend(-bytes) })
}

// Raise raises the limit until restore is called. It is for work that holds much memory once, beyond any estimate, and would be
// slowed down many times by a collector that finds nothing to collect. It does nothing if no limit is set.
func Raise(bytes int64) (restore func()) {
	lend(-bytes)
	return sync.OnceFunc(func() { lend(bytes) })
}

// lend adds to what is lent, and returns the limit of Go's heap.
func lend(bytes int64) (left int64) {
	process.Lock()
	defer process.Unlock()
	process.lent += bytes
	return apply()
}

// apply sets the limit of Go's heap, and returns it. It is called with the lock held.
func apply() (left int64) {
	if process.limit == math.MaxInt64 {
		return math.MaxInt64
	}
	left = max(process.limit-process.lent, 0) + process.ballast
	debug.SetMemoryLimit(left)
	return left
}

// held returns the memory that Go has from the system, in bytes.
func held() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
