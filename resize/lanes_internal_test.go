package resize

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A row is filtered with vectors as it is without, bit by bit.
func TestVectors(t *testing.T) {
	if !hasVectors {
		t.Skip("built without GOEXPERIMENT=simd, or not for this processor")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, w := range []int{vectorWidth, vectorWidth + 1, 2*vectorWidth - 1, 100, stripWidth} {
		p := newPlane(w, 60)
		for i := range p.pix {
			p.pix[i] = uint8(255 * (r.Uint32() & 1))
			if i%2 == 0 {
				p.pix[i] = uint8(r.Uint32())
			}
		}
		for _, n := range []int{7, 20, 37, 59} {
			f := newFilter(grid{n, 0, 60 / float64(n)}, 60)
			var rows packedRows
			for i, first := range f.first {
				weights := f.weights[i*f.taps : (i+1)*f.taps]
				got, want := make([]uint8, w), make([]uint8, w)
				rows.filter(want, p, f.from+first, weights)
				filterVectors(got, p, f.from+first, weights)
				if !bytes.Equal(got, want) {
					t.Fatalf("%d wide, row %d of %d: %v, want %v", w, i, n, got, want)
				}
			}
		}
	}
}

// A plane that is transposed has each sample where it belongs, whatever its sides.
func TestTranspose(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 9}, {8, 8}, {16, 5}, {stripWidth + 9, 17}} {
		p := newPlane(size[0], size[1])
		for i := range p.pix {
			p.pix[i] = uint8(i*31 + i/251)
		}
		out := transpose(p)
		for y := range p.h {
			for x := range p.w {
				if out.row(x)[y] != p.row(y)[x] {
					t.Fatalf("%d × %d: (%d, %d) is wrong", p.w, p.h, x, y)
				}
			}
		}
	}
}
