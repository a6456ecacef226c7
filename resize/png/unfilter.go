package png

import "encoding/binary"

// unfilter undoes a filter of a row in place. It returns false if there is no filter of that number. above is the row before,
// of zeros for the first.
func unfilter(number int, row, above []byte, pixel int) bool {
	above = above[:len(row)]
	switch number {
	case none:
	case sub:
		switch pixel {
		case 3:
			unfilterSub3(row)
		case 4:
			unfilterSub4(row)
		default:
			for x := pixel; x < len(row); x++ {
				row[x] += row[x-pixel]
			}
		}
	case up:
		x := 0
		for ; x+8 <= len(row); x += 8 {
			binary.LittleEndian.PutUint64(row[x:], sums(word(row, x), word(above, x)))
		}
		for ; x < len(row); x++ {
			row[x] += above[x]
		}
	case average:
		unfilterAverage(row, above, pixel)
	case paeth:
		switch pixel {
		case 3:
			unfilterPaeth3(row, above)
		case 4:
			unfilterPaeth4(row, above)
		default:
			unfilterPaeth(row, above, pixel)
		}
	default:
		return false
	}
	return true
}

// unfilterSub3 takes eight bytes at a time. The three before them are those to the left of the first three, and so of all, once
// each has been added to those before it in the word.
func unfilterSub3(row []byte) {
	var left uint64
	for ; len(row) >= 8; row = row[8:] {
		v := word(row, 0)
		v = sums(sums(v, v<<24), v<<48)
		v = sums(v, left|left<<24|left<<48)
		binary.LittleEndian.PutUint64(row, v)
		left = v >> 40
	}
	for x := range row {
		row[x] += byte(left)
		left = left>>8 | uint64(row[x])<<16
	}
}

// unfilterSub4 takes four bytes at a time.
func unfilterSub4(row []byte) {
	var left uint64
	for ; len(row) >= 4; row = row[4:] {
		left = sums(uint64(binary.LittleEndian.Uint32(row)), left)
		binary.LittleEndian.PutUint32(row, uint32(left))
	}
}

// unfilterAverage takes one channel after another, with the sample to the left in a register.
func unfilterAverage(row, above []byte, pixel int) {
	for c := range min(pixel, len(row)) {
		var left uint
		for x := c; x < len(row); x += pixel {
			left = uint(row[x]) + (left+uint(above[x]))/2
			row[x] = byte(left)
			left &= 255
		}
	}
}

// unfilterPaeth takes one channel after another.
func unfilterPaeth(row, above []byte, pixel int) {
	for c := range min(pixel, len(row)) {
		var left, corner int
		for x := c; x < len(row); x += pixel {
			up := int(above[x])
			left = (int(row[x]) + predicted(left, up, corner)) & 255
			row[x], corner = byte(left), up
		}
	}
}

// unfilterPaeth3 takes pixels of three bytes, which the processor computes side by side, since none needs another.
func unfilterPaeth3(row, above []byte) {
	var left, corner [3]int
	for len(row) >= 3 && len(above) >= 3 {
		a0, a1, a2 := int(above[0]), int(above[1]), int(above[2])
		left[0] = (int(row[0]) + predicted(left[0], a0, corner[0])) & 255
		left[1] = (int(row[1]) + predicted(left[1], a1, corner[1])) & 255
		left[2] = (int(row[2]) + predicted(left[2], a2, corner[2])) & 255
		row[0], row[1], row[2] = byte(left[0]), byte(left[1]), byte(left[2])
		corner = [3]int{a0, a1, a2}
		row, above = row[3:], above[3:]
	}
}

// unfilterPaeth4 takes pixels of four bytes.
func unfilterPaeth4(row, above []byte) {
	var left, corner [4]int
	for len(row) >= 4 && len(above) >= 4 {
		a0, a1, a2, a3 := int(above[0]), int(above[1]), int(above[2]), int(above[3])
		left[0] = (int(row[0]) + predicted(left[0], a0, corner[0])) & 255
		left[1] = (int(row[1]) + predicted(left[1], a1, corner[1])) & 255
		left[2] = (int(row[2]) + predicted(left[2], a2, corner[2])) & 255
		left[3] = (int(row[3]) + predicted(left[3], a3, corner[3])) & 255
		row[0], row[1], row[2], row[3] = byte(left[0]), byte(left[1]), byte(left[2]), byte(left[3])
		corner = [4]int{a0, a1, a2, a3}
		row, above = row[4:], above[4:]
	}
}

// predicted returns whichever of left, above and corner is nearest to left + above − corner, without branches, which are
// often predicted wrongly: corner if it is between the others, the smaller of them if it is above both, and the larger
// if it is below. The threshold decides where one is nearer.
func predicted(left, above, corner int) int {
	low, high := min(left, above), max(left, above)
	threshold := 3*corner - (left + above)
	p := corner
	if threshold >= high {
		p = low
	}
	if threshold <= low {
		p = high
	}
	return p
}
