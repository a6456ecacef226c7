package probe_test

import (
	"errors"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/probe"
	"github.com/imgorigin/imgorigin/resize/resizetest"
)

// The size of a JPEG of which the first bytes have arrived.
func Example() {
	file := resizetest.WithEXIF(resizetest.JPEG(resizetest.Photo(64, 48), 80), 6, "somewhere")
	for n := 32; n < len(file); n *= 2 {
		h, err := probe.JPEG(file[:n])
		if errors.Is(err, probe.ErrShort) {
			continue // until there is more of it
		}
		fmt.Println(h.Width, h.Height, "orientation", h.Orientation, err)
		break
	}
	// Output:
	// 64 48 orientation 6 <nil>
}
