package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/imgorigin/imgorigin/cache"
	"github.com/imgorigin/imgorigin/server"
)

// setMemoryLimit sets the memory limit of the garbage collector to what the configuration adds up to, so that it works
// harder before the process outgrows that. It leaves a limit that is set by GOMEMLIMIT as it is. It logs a warning if
// the configuration is more than the container may use.
func setMemoryLimit(c server.Config) {
	const process = 64 << 20 // code, connections, buffers
	needed := max(c.Memory, cache.MinInUse) + c.Load.GateBytes + process
	if limit, err := memlimit.FromCgroup(); err == nil && needed > int64(min(limit, math.MaxInt64)) {
		c.Log.Warn("--memory and --gate-memory are more than the container may have", "limit", limit)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(needed)
	}
}

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
