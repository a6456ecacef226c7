package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/settings"
	"github.com/imgorigin/imgorigin/cmd/imgorigin/storage"
	"github.com/imgorigin/imgorigin/resize/heap"
	"github.com/imgorigin/imgorigin/server"
)

// setMemoryLimit sets the memory limit of the garbage collector to what the configuration adds up to, or to most of what
// the container may have if that is less, so that it works harder before the process outgrows that; what codecs in C hold
// counts too, see package heap. The limit leaves a part of what a process is to be given, settings.ProcessBytes, to what Go does not
// count. Within the limit the collector runs late, until r is closed. GOMEMLIMIT and GOGC in the environment leave the one
// or the other as it is. A configuration that is more than the container may have is a warning in the log.
func setMemoryLimit(r *storage.Resources, c server.Config) {
	const uncounted = 36 << 20 // code and stacks of C, and what its arenas keep
	limit := max(c.Memory, cache.MinInUse) + c.Load.GateBytes + settings.ProcessBytes
	if most, err := memlimit.FromCgroup(); err == nil && limit > int64(min(most, math.MaxInt64)) {
		c.Log.Warn("--memory and --gate-memory are more than the container may have", "limit", most)
		limit = int64(most / 10 * 9)
	}
	limit -= uncounted
	if os.Getenv("GOMEMLIMIT") != "" {
		limit = debug.SetMemoryLimit(-1) // which reads it
	}
	heap.SetLimit(limit)
	if os.Getenv("GOGC") == "" {
		r.OnClose(heap.CollectLate(min(maxGarbage, limit/4)))
	}
}

// maxGarbage is what the collector waits for. Cache hits and misses take 10 to 15 % less processor time with it than
// without; 32 MiB gains almost as much, and 128 MiB no more.
const maxGarbage = 64 << 20

// processors returns how many images to resize at the same time: as many as there are processors. Its first call
// doubles GOMAXPROCS, unless that is set in the environment: a request that memory can answer then need not wait until
// the Go scheduler preempts a decode, which it does after 10 ms, as the operating system runs both. It is done once
// because all servers of a process share the setting.
var processors = sync.OnceValue(func() int {
	n := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * n)
	}
	return n
})
