package png

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestWords compares arithmetic on words with the formulas of the PNG specification, on random bytes and on bytes that
// are near each other.
func TestWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	bytesOf := func(v uint64) (b [8]byte) {
		binary.LittleEndian.PutUint64(b[:], v)
		return b
	}
	for i := range 200_000 {
		a, b, c := r.Uint64(), r.Uint64(), r.Uint64()
		if i%2 == 0 {
			b, c = a^b&0x0303_0303_0303_0303, a^c&0x0303_0303_0303_0303
		}
		left, above, corner := bytesOf(a), bytesOf(b), bytesOf(c)
		difference, total := bytesOf(differences(a, b)), bytesOf(sums(a, b))
		mean, prediction := bytesOf(means(a, b)), bytesOf(predictions(a, b, c))
		distance := 0
		for x := range 8 {
			if got, want := difference[x], left[x]-above[x]; got != want {
				t.Fatalf("%d − %d: got %d, want %d", left[x], above[x], got, want)
			}
			if got, want := total[x], left[x]+above[x]; got != want {
				t.Fatalf("%d + %d: got %d, want %d", left[x], above[x], got, want)
			}
			if got, want := mean[x], byte((int(left[x])+int(above[x]))/2); got != want {
				t.Fatalf("mean of %d and %d: got %d, want %d", left[x], above[x], got, want)
			}
			want := predict(left[x], above[x], corner[x])
			if got := byte(predicted(int(left[x]), int(above[x]), int(corner[x]))); got != want {
				t.Fatalf("predicted from %d, %d and %d: got %d, want %d", left[x], above[x], corner[x], got, want)
			}
			if got := prediction[x]; got != want {
				t.Fatalf("prediction from %d, %d and %d: got %d, want %d", left[x], above[x], corner[x], got, want)
			}
			distance += abs(int(int8(left[x])))
		}
		if got := distances(a); got != distance {
			t.Fatalf("distances of %v: got %d, want %d", left, got, distance)
		}
	}
}

// predict is PaethPredictor of the specification (W3C, PNG, 9.4).
func predict(left, above, corner byte) byte {
	a, b, c := int(left), int(above), int(corner)
	p := a + b - c
	switch pa, pb, pc := abs(p-a), abs(p-b), abs(p-c); {
	case pa <= pb && pa <= pc:
		return left
	case pb <= pc:
		return above
	}
	return corner
}

func abs(x int) int { return max(x, -x) }
