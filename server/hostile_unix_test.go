//go:build unix

package server

import (
	"syscall"
	"time"
)

// processTime returns the processor time of this process, which does not depend on what else the machine does.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
