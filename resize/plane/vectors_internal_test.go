package plane

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestVectors checks that filtering with vectors and with words gives the same rows, bit by bit.
func TestVectors(t *testing.T) {
	if !hasVectors {
		t.Skip("built without GOEXPERIMENT=simd, by a Go without vectors for this architecture, or not for this processor")
	}
	t.Logf("with %s", Kernels())
	r := rand.New(rand.NewPCG(1, 2))
	for _, w := range []int{vectorWidth, vectorWidth + 1, 2*vectorWidth - 1, 100, stripWidth} {
		p := New(w, 60)
		for i := range p.Pix {
			p.Pix[i] = uint8(255 * (r.Uint32() & 1))
			if i%2 == 0 {
				p.Pix[i] = uint8(r.Uint32())
			}
		}
		for _, n := range []int{7, 20, 37, 59} {
			f := newFilter(Grid{n, 0, 60 / float64(n)}, 60)
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

// TestTranspose checks the place of every sample in transposed planes of sizes that are multiples of 8 and that are
// not.
func TestTranspose(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 9}, {8, 8}, {16, 5}, {stripWidth + 9, 17}} {
		p := New(size[0], size[1])
		for i := range p.Pix {
			p.Pix[i] = uint8(i*31 + i/251)
		}
		out := transpose(p)
		for y := range p.H {
			for x := range p.W {
				if out.Row(x)[y] != p.Row(y)[x] {
					t.Fatalf("%d × %d: (%d, %d) is wrong", p.W, p.H, x, y)
				}
			}
		}
	}
}
