package png

import (
	"bytes"
	"encoding/binary"
)

// The filters of a PNG, by what each subtracts from a byte. Left, above and corner are the bytes of the same channel in
// the pixels to the left, above, and above that to the left.
const (
	none    = iota // nothing
	sub            // left
	up             // above
	average        // the mean of left and above
	paeth          // whichever of left, above and corner is nearest to left + above − corner
)

// A filter filters one row after another.
type filter struct {
	pixel      int    // bytes of a pixel
	row, above []byte // this row and the one above, each after a pixel of zeros
	out        []byte // the number of the filter, and the filtered row
}

// newFilter returns a filter of rows of some bytes.
func newFilter(length, pixel int) *filter {
	return &filter{
		pixel: pixel,
		row:   make([]byte, pixel+length), above: make([]byte, pixel+length), out: make([]byte, 1+length),
	}
}

// next returns the next row, to be filled in.
func (f *filter) next() []byte {
	f.row, f.above = f.above, f.row
	return f.row[f.pixel:]
}

// neighbours returns the bytes of a row, and of their neighbours in slices of the same length.
func (f *filter) neighbours() (row, left, above, corner []byte) {
	n := len(f.out) - 1
	return f.row[f.pixel:][:n], f.row[:n], f.above[f.pixel:][:n], f.above[:n]
}

// choose filters the row with the filter that leaves the least sum of distances from 0, as libpng does.
func (f *filter) choose() {
	row, left, above, corner := f.neighbours()
	if row[0] != 0 && bytes.Equal(row, above) { // rows of zeros stay unfiltered, with their number as one more zero
		f.apply(up)
		return
	}
	var sums [paeth + 1]int
	x := 0
	for ; x+8 <= len(row); x += 8 {
		addDistances(&sums, word(row, x), word(left, x), word(above, x), word(corner, x))
	}
	for ; x < len(row); x++ { // words of a byte
		addDistances(&sums, uint64(row[x]), uint64(left[x]), uint64(above[x]), uint64(corner[x]))
	}
	best := none
	for i := range sums {
		if sums[i] < sums[best] {
			best = i
		}
	}
	f.apply(best)
}

// addDistances adds to the sum of each filter what it leaves of a word.
func addDistances(sums *[paeth + 1]int, v, left, above, corner uint64) {
	sums[none] += distances(v)
	if v == left && v == above && v == corner {
		return // the other filters leave nothing
	}
	sums[sub] += distances(differences(v, left))
	sums[up] += distances(differences(v, above))
	sums[average] += distances(differences(v, means(left, above)))
	sums[paeth] += distances(differences(v, predictions(left, above, corner)))
}

// apply filters the row.
func (f *filter) apply(number int) {
	row, left, above, corner := f.neighbours()
	f.out[0] = byte(number)
	out := f.out[1:][:len(row)]
	switch number {
	case none:
		copy(out, row)
	case sub:
		for x, v := range row {
			out[x] = v - left[x]
		}
	case up:
		for x, v := range row {
			out[x] = v - above[x]
		}
	case average:
		for x, v := range row {
			out[x] = v - byte((uint(left[x])+uint(above[x]))/2)
		}
	case paeth:
		x := 0
		for ; x+8 <= len(row); x += 8 {
			predicted := predictions(word(left, x), word(above, x), word(corner, x))
			binary.LittleEndian.PutUint64(out[x:], differences(word(row, x), predicted))
		}
		for ; x < len(row); x++ {
			out[x] = row[x] - byte(predictions(uint64(left[x]), uint64(above[x]), uint64(corner[x])))
		}
	}
}
