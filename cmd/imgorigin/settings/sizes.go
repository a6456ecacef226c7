package settings

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/alecthomas/units"
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

// decodeSize has kong read every flag that is a number of bytes, and name the units if it can't.
func decodeSize(c *kong.DecodeContext, target reflect.Value) error {
	var s string
	if err := c.Scan.PopValueInto("size", &s); err != nil {
		return err
	}
	size, err := units.ParseBase2Bytes(s)
	if err != nil {
		return fmt.Errorf("%q: want a size such as 512KiB, 64MiB or 2GiB", s)
	}
	target.SetInt(int64(size))
	return nil
}
