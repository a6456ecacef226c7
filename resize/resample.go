package resize

// Three sums of products stand side by side in one word, 21 bits each: a multiplication and an addition then
// serve three samples. A sum of 8-bit samples times weights of 12 bits, with the overshoot of Lanczos, stays
// within −0.3…1.3 × 255 × 4096; the bias lifts it above zero, so that no lane borrows from the next.
const (
	laneBits = 21
	lane1    = laneBits
	lane2    = 2 * laneBits
	laneMask = 1<<laneBits - 1

	biasLevels = 128 // that the bias adds, in levels of 8 bits
	bias       = biasLevels<<weightBits + 1<<(weightBits-1)
	biasWord   = bias | bias<<lane1 | bias<<lane2
)

// level turns the top bits of a lane into a sample.
var level = func() (t [laneMask>>weightBits + 1]uint8) {
	for i := range t {
		t[i] = uint8(min(max(i-biasLevels, 0), 255))
	}
	return t
}()

// resample lays a grid of columns and one of rows over a plane: first along the rows, then along the columns.
// Nothing is done with samples that no sample of the result needs.
func resample(p plane, x, y grid) plane {
	fx, fy := newFilter(x, p.w), newFilter(y, p.h)
	left, right := fx.reach()
	top, bottom := fy.reach()
	keepX, keepY := x.identity(p.w), y.identity(p.h)
	p = plane{pix: p.pix[top*p.stride+left:], stride: p.stride, w: right - left, h: bottom - top}
	if !keepX {
		p = resampleRows(p, fx)
	}
	if !keepY {
		p = resampleColumns(p, fy)
	}
	p.stepX, p.stepY = 1, 1
	return p
}

// resampleRows filters along the rows, three rows side by side in a word.
func resampleRows(p plane, f filter) plane {
	out := newPlane(len(f.first), p.h)
	words := make([]uint64, p.w)
	for y := 0; y < p.h; y += 3 {
		y1, y2 := min(y+1, p.h-1), min(y+2, p.h-1)
		r0, r1, r2 := p.row(y), p.row(y1), p.row(y2)
		r1, r2 = r1[:len(r0)], r2[:len(r0)]
		words := words[:len(r0)]
		for x := range words {
			words[x] = uint64(r0[x]) | uint64(r1[x])<<lane1 | uint64(r2[x])<<lane2
		}
		filterLine([3][]uint8{out.row(y), out.row(y1), out.row(y2)}, words, f)
	}
	return out
}

func filterLine(out [3][]uint8, words []uint64, f filter) {
	o0, o1, o2 := out[0], out[1], out[2]
	for i, first := range f.first {
		weights := f.weights[i*f.taps : (i+1)*f.taps]
		line := words[first : first+len(weights)]
		sum := uint64(biasWord)
		k := 0
		for ; k+4 <= len(weights) && k+4 <= len(line); k += 4 {
			w, l := weights[k:k+4:k+4], line[k:k+4:k+4]
			sum += l[0]*uint64(w[0]) + l[1]*uint64(w[1]) + l[2]*uint64(w[2]) + l[3]*uint64(w[3])
		}
		for ; k < len(weights); k++ {
			sum += line[k] * uint64(weights[k])
		}
		// In the last group rows may be one and the same, and so are their sums.
		o0[i] = level[sum&laneMask>>weightBits]
		o1[i] = level[sum>>lane1&laneMask>>weightBits]
		o2[i] = level[sum>>lane2&laneMask>>weightBits]
	}
}

// resampleColumns filters along the columns, three neighbouring columns side by side in a word. Rows are packed
// once each, in a ring that holds as many as the filter has taps.
func resampleColumns(p plane, f filter) plane {
	n := len(f.first)
	out := newPlane(p.w, n)
	width := (p.w + 2) / 3
	ring := make([]uint64, f.taps*width)
	sums := make([]uint64, width)
	packed := 0 // rows so far
	forward := n < 2 || f.first[n-1] >= f.first[0]
	for i := range n {
		at := i
		if !forward {
			at = n - 1 - i
		}
		first := f.first[at]
		for packed = max(packed, first); packed < first+f.taps; packed++ {
			packRow(ring[packed%f.taps*width:][:width], p.row(packed))
		}
		for x := range sums {
			sums[x] = biasWord
		}
		weights := f.weights[at*f.taps : (at+1)*f.taps]
		k := 0
		for ; k+4 <= len(weights); k += 4 {
			addRows4(sums, ringRow(ring, first+k, f.taps, width), ringRow(ring, first+k+1, f.taps, width),
				ringRow(ring, first+k+2, f.taps, width), ringRow(ring, first+k+3, f.taps, width), weights[k:k+4])
		}
		for ; k < len(weights); k++ {
			addRow(sums, ringRow(ring, first+k, f.taps, width), weights[k])
		}
		unpackRow(out.row(at), sums)
	}
	return out
}

func ringRow(ring []uint64, row, taps, width int) []uint64 { return ring[row%taps*width:][:width] }

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
