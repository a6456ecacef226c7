package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
)

// watchMemory starts to watch the memory of the process. The function that it returns, returns the peak since then above
// what is in use now, in MB; 0 where there is no /proc of Linux.
func watchMemory() (peak func() float64) {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // which resets the peak
		return func() float64 { return 0 }
	}
	before := statusMB("VmRSS:")
	return func() float64 { return max(0, statusMB("VmHWM:")-before) }
}

// statusMB returns a value of /proc/self/status in MB, 0 if there is none.
func statusMB(name string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte(name))
	var kB float64
	if _, err := fmt.Sscan(string(rest[:min(len(rest), 40)]), &kB); err != nil {
		return 0
	}
	return kB / 1024
}
