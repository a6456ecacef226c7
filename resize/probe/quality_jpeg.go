package probe

import (
	"encoding/binary"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// jpegQuality returns the quality that a DQT segment tells, see [quant.Quality]. It returns 0 for a segment without table 0,
// which is that of luma.
func jpegQuality(segment []byte) int {
	for len(segment) > 0 {
		width := 1 + int(segment[0]>>4) // bytes of a step
		if len(segment) < 1+64*width {
			return 0
		}
		if number := segment[0] & 15; number == 0 {
			return quant.Quality(stepsOf(segment[1:], width))
		}
		segment = segment[1+64*width:]
	}
	return 0
}

// stepsOf returns a table of steps of one or two bytes.
func stepsOf(table []byte, width int) *[64]int {
	steps := new([64]int)
	for k := range steps {
		if width == 1 {
			steps[k] = int(table[k])
		} else {
			steps[k] = int(binary.BigEndian.Uint16(table[2*k:]))
		}
	}
	return steps
}
