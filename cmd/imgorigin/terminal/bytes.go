package terminal

import (
	"strconv"
	"strings"
)

// FormatBytes returns a number of bytes, rounded, with the units in which flags take sizes and S3 bills them: 512 MiB,
// 3.9 GiB.
func FormatBytes(n int64) string {
	x, unit := float64(n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for x >= 1023.95 && unit < len(units)-1 { // which would be printed as 1024
		x /= 1024
		unit++
	}
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0") + " " + units[unit]
}
