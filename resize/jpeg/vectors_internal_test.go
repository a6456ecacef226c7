package jpeg

import (
	"math/rand/v2"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// The functions that use vectors have the results of those that don't, to the bit.
func TestVectors(t *testing.T) {
	if !hasVectors {
		t.Skip("built without GOEXPERIMENT=simd, by a Go without vectors for this architecture, or not for this processor")
	}
	t.Run("forward", testForwardVectors)
	t.Run("inverse", testInverseVectors)
}

func testInverseVectors(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 20_000 {
		coefs := zeroBlock
		count, most := 1+r.IntN(64), []int32{30, 300, 2000, 1 << 20}[i%4]
		for k := range count {
			coefs.set(zigzagBytes[k], (r.Int32N(2*most+1)-most)/int32(k/(1+i%9)+1))
		}
		var words, vectors [64]uint8
		coefs.inverse8(words[:], 8)
		coefs.inverse8Vectors(vectors[:], 8)
		if words != vectors {
			t.Fatalf("%d coefficients up to %d: %v, want %v", count, most, vectors, words)
		}
		coefs.wantSame(t, "inverse4", (*block).inverse4, (*block).inverse4Vectors)
		coefs.wantSame(t, "inverse3", (*block).inverse3, (*block).inverse3Vectors)
		if count > 10 {
			continue
		}
		coefs.inverse8of4(words[:], 8)
		if words != vectors {
			t.Fatalf("%d low coefficients up to %d: %v, want %v", count, most, vectors, words)
		}
	}
}

// wantSame compares the samples that two functions write of a block, and what they leave beside them.
func (b *block) wantSame(t *testing.T, name string, words, vectors func(b *block, dst []uint8, stride int)) {
	t.Helper()
	want, got := [64]uint8{3: 7, 4: 7}, [64]uint8{3: 7, 4: 7}
	words(b, want[:], 8)
	vectors(b, got[:], 8)
	if got != want {
		t.Fatalf("%s of %v: %v, want %v", name, b, got, want)
	}
}

func testForwardVectors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for quality := 1; quality <= 100; quality += 9 {
		steps := quant.Of(quality)
		for i := range 500 {
			var pix [64]uint8
			for k := range pix {
				switch i % 3 {
				case 0:
					pix[k] = uint8(r.Uint32())
				case 1:
					pix[k] = uint8(255 * (r.Uint32() & 1))
				case 2:
					pix[k] = uint8(i + k*(i%7)/4)
				}
			}
			var words, vectors spectrum
			words.fdctWords(pix[:], 8)
			vectors.fdctVectors(pix[:], 8)
			if words != vectors {
				t.Fatalf("samples %v: spectrum %v, want %v", pix, vectors, words)
			}
			q := newQuantiser(divisors(&steps[i%3], 1+i%2, 1+i/2%2), []int32{nearest, fast.deadZone}[i/3%2])
			if got, want := q.nonzeroVectors(&words), q.nonzeroWords(&words); got != want {
				t.Fatalf("quality %d, samples %v: nonzero %x, want %x", quality, pix, got, want)
			}
		}
	}
}

// nonzero returns the coefficients outside the dead zone, or where that is half a step those whose value is not 0.
func TestNonzero(t *testing.T) {
	steps := quant.Of(80)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		var pix [64]uint8
		for k := range pix {
			pix[k] = uint8(128 + r.IntN(20) + k%8)
		}
		var s spectrum
		s.fdct(pix[:], 8)
		deadZone := []int32{nearest, 159}[i%2]
		q := newQuantiser(divisors(&steps[0], 1, 1), deadZone)
		mask := q.nonzero(&s)
		for k, place := range zigzag {
			v := s.at(spectrumOffsets[k])
			want := q.value(&s, k) != 0
			if deadZone != nearest {
				want = 256*max(v, -v) >= deadZone*8*int32(steps[0][place])
			}
			if got := mask>>k&1 == 1; got != want {
				t.Fatalf("zigzag index %d is %d, dead zone %d: in nonzero %v", k, v, deadZone, got)
			}
		}
	}
}
