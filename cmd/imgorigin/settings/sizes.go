package settings

import (
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
	"github.com/alecthomas/units"
)

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
