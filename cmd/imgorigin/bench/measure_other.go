//go:build !unix

package bench

import "time"

var began = time.Now()

// cpuTime returns elapsed time, as this system does not report CPU time.
func cpuTime() time.Duration { return time.Since(began) }
