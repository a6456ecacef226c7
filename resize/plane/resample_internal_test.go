package plane

import (
	"bytes"
	"testing"
)

// The samples that an earlier image has left in a plane between the passes show nowhere.
func TestHalfwayPlanesAreOverwritten(t *testing.T) {
	for _, size := range []struct{ w, h, toW, toH int }{{2, 3, 1, 1}, {97, 61, 13, 7}, {500, 33, 401, 9}, {64, 400, 17, 391}} {
		for _, transposed := range []bool{false, true} {
			p := New(size.w, size.h)
			for i := range p.Pix {
				p.Pix[i] = uint8(i * 37)
			}
			x := newFilter(Grid{N: size.toW, Step: float64(size.w) / float64(size.toW)}, size.w)
			y := newFilter(Grid{N: size.toH, Step: float64(size.h) / float64(size.toH)}, size.h)
			var results [][]uint8
			for _, left := range []uint8{0, 0x55, 0xff} {
				pix := bytes.Repeat([]uint8{left}, 1<<20)
				halfways.Put(&pix)
				results = append(results, resample(p, x, y, transposed).Pix)
			}
			if !bytes.Equal(results[0], results[1]) || !bytes.Equal(results[0], results[2]) {
				t.Errorf("%v, transposed %v: the result depends on what was in the plane", size, transposed)
			}
		}
	}
}
