package plane_test

import (
	"fmt"

	"github.com/imgorigin/imgorigin/resize/plane"
)

// The right half of a plane, mirrored and at half the size.
func Example() {
	p := plane.New(64, 16)
	for i := range p.Pix {
		p.Pix[i] = uint8(4 * (i % p.W)) // from black at the left to white at the right
	}
	x := plane.Grid{N: 16, Start: 64, Step: -2} // from the right edge to the middle
	y := plane.Grid{N: 8, Start: 0, Step: 2}
	var r plane.Resampler
	out := r.Resample(p, x, y, false)
	fmt.Println(out.W, out.H, out.Row(3))
	// Output:
	// 16 8 [250 242 234 226 218 210 202 194 186 178 170 162 154 146 138 130]
}
