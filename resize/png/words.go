package png

import "encoding/binary"

// Arithmetic on words of eight bytes, which is modulo 256 in each.

const (
	even   = 0x00ff_00ff_00ff_00ff // the even bytes
	signs  = 0x8080_8080_8080_8080
	second = 0x0001_0001_0001_0001 // each lane of 16 bits
	bias   = 0x8000_8000_8000_8000
)

func word(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// differences returns a − b.
func differences(a, b uint64) uint64 { return (a | signs) - b&^signs ^ (a^^b)&signs }

// sums returns a + b.
func sums(a, b uint64) uint64 { return (a&^signs + b&^signs) ^ (a^b)&signs }

// means returns the means of a and b, rounded down.
func means(a, b uint64) uint64 { return a&b + (a^b)>>1&^signs }

// distances returns the sum of the distances from 0, of which each is at most 128.
func distances(v uint64) int {
	negative := v & signs >> 7
	v = v ^ negative*255 + negative
	return int((v&even + v>>8&even) * second >> 48)
}

// predictions returns whichever of left a, above b and corner c is nearest to a + b − c; the first of them if several
// are.
func predictions(a, b, c uint64) uint64 {
	return predictLanes(a&even, b&even, c&even) | predictLanes(a>>8&even, b>>8&even, c>>8&even)<<8
}

// predictLanes does so in lanes of 16 bits.
func predictLanes(a, b, c uint64) uint64 {
	// Differences are biased, so that no lane borrows from the next.
	toA, toB := b|bias-c, a|bias-c // b − c is how far a + b − c is from a
	toC := toA + toB - bias
	toA, toB, toC = magnitudes(toA), magnitudes(toB), magnitudes(toC)
	isA := (toB | bias - toA) & (toC | bias - toA) & bias >> 15 * 0xffff
	isB := (toC | bias - toB) & bias >> 15 * 0xffff
	return isA&a | ^isA&(isB&b|^isB&c)
}

// magnitudes returns the absolute values of biased differences.
func magnitudes(d uint64) uint64 {
	negative := ^d & bias >> 15
	return d&^bias ^ negative*0x7fff + negative
}
