package heap

import (
	"runtime"
	"strings"
)

// CollectLate has the garbage collector wait for so many more bytes of garbage until stop is called. By itself it waits for
// as much as there is live memory: a process that holds little would collect after every few megabytes.
//
// Go has no setting for a least amount. This is a ballast: memory that counts as live and is never touched, so that the
// operating system gives none for it. The limit is raised by as much. A percentage that is adjusted after each collection
// would come late where live memory grows quickly, and let the heap grow to a multiple of it.
func CollectLate(garbage int64) (stop func() error) {
	var ballast strings.Builder
	ballast.Grow(int(garbage)) // unlike make, it does not clear memory that was in use before
	addBallast(garbage)
	return func() error {
		runtime.KeepAlive(&ballast)
		ballast.Reset()
		addBallast(-garbage)
		return nil
	}
}

func addBallast(bytes int64) {
	process.Lock()
	defer process.Unlock()
	process.ballast += bytes
	apply()
}
