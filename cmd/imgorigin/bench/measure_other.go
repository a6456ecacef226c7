//go:build !unix

package bench

import "time"

var began = time.Now()

// cpuTime returns the time that has passed: this system does not tell what was used of the processors.
func cpuTime() time.Duration { return time.Since(began) }
