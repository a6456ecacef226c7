package plane

// Three sums of products stand side by side in a word, in lanes of 21 bits, so that a multiplication and an addition
// serve three samples. A sum of 8-bit samples times weights of 12 bits, with the overshoot of Lanczos, stays within
// −0.3…1.3 × 255 × 4096; the bias lifts it above zero, so that no lane borrows from the next.
const (
	laneBits = 21
	lane1    = laneBits
	lane2    = 2 * laneBits
	laneMask = 1<<laneBits - 1

	biasLevels = 128 // the bias in levels of 8 bits
	bias       = biasLevels<<weightBits + 1<<(weightBits-1)
	biasWord   = bias | bias<<lane1 | bias<<lane2
)

// level converts the top bits of a lane into a sample.
var level = func() (t [laneMask>>weightBits + 1]uint8) {
	for i := range t {
		t[i] = uint8(min(max(i-biasLevels, 0), 255))
	}
	return t
}()

// packedRows holds the rows that a filter reaches, three neighbouring samples in a word. Each row is packed once. Its
// place is its number modulo the taps of the filter, where it stays for as long as the filter reaches it.
type packedRows struct {
	words    []uint64
	sums     []uint64
	from, to int // rows that are packed
}

// filter writes to out the weighted sum of as many rows of p, from first on, as there are weights.
func (r *packedRows) filter(out []uint8, p Plane, first int, weights []int32) {
	taps, width := len(weights), (p.W+2)/3
	if r.words == nil {
		r.words, r.sums = make([]uint64, taps*width), make([]uint64, width)
	}
	for y := first; y < first+taps; y++ {
		if y < r.from || y >= r.to {
			packRow(r.row(y, taps), p.Row(y))
		}
	}
	r.from, r.to = first, first+taps
	for x := range r.sums {
		r.sums[x] = biasWord
	}
	k := 0
	for ; k+4 <= taps; k += 4 {
		y := first + k
		addRows4(r.sums, r.row(y, taps), r.row(y+1, taps), r.row(y+2, taps), r.row(y+3, taps), weights[k:k+4])
	}
	for ; k < taps; k++ {
		addRow(r.sums, r.row(first+k, taps), weights[k])
	}
	unpackRow(out, r.sums)
}

func (r *packedRows) row(y, taps int) []uint64 {
	width := len(r.sums)
	return r.words[y%taps*width:][:width]
}

func packRow(words []uint64, row []uint8) {
	x, i := 0, 0
	for ; x+3 <= len(row); x, i = x+3, i+1 {
		r := row[x : x+3 : x+3]
		words[i] = uint64(r[0]) | uint64(r[1])<<lane1 | uint64(r[2])<<lane2
	}
	if x < len(row) {
		words[i] = uint64(row[x])
		if x+1 < len(row) {
			words[i] |= uint64(row[x+1]) << lane1
		}
	}
}

func addRows4(sums, a, b, c, d []uint64, weights []int32) {
	w0, w1, w2, w3 := uint64(weights[0]), uint64(weights[1]), uint64(weights[2]), uint64(weights[3])
	a, b, c, d = a[:len(sums)], b[:len(sums)], c[:len(sums)], d[:len(sums)]
	for x := range sums {
		sums[x] += a[x]*w0 + b[x]*w1 + c[x]*w2 + d[x]*w3
	}
}

func addRow(sums, a []uint64, weight int32) {
	w := uint64(weight)
	a = a[:len(sums)]
	for x := range sums {
		sums[x] += a[x] * w
	}
}

func unpackRow(row []uint8, sums []uint64) {
	x := 0
	for _, sum := range sums {
		if x+3 > len(row) {
			break
		}
		r := row[x : x+3 : x+3]
		r[0] = level[sum&laneMask>>weightBits]
		r[1] = level[sum>>lane1&laneMask>>weightBits]
		r[2] = level[sum>>lane2&laneMask>>weightBits]
		x += 3
	}
	for k := 0; x < len(row); x, k = x+1, k+laneBits {
		row[x] = level[sums[len(sums)-1]>>k&laneMask>>weightBits]
	}
}

// Kernels names what the inner loops compute with. In a build with GOEXPERIMENT=simd it is "AVX2" on an amd64 processor
// that has these vectors, and with Go 1.27 or later "NEON" on every arm64 processor. Otherwise it is "64-bit words". The
// results are the same.
func Kernels() string {
	if hasVectors {
		return vectorKernels
	}
	return "64-bit words"
}
