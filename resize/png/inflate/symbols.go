package inflate

import "encoding/binary"

// symbols decompresses symbols of a block until it ends, buf is full, or the window is used up. The state of the reader is in
// local variables, which the compiler keeps in registers.
func (r *Reader) symbols() (err error) {
	const literalMask, distanceMask = 1<<literalBits - 1, 1<<distanceBits - 1
	acc, n, pos, out := r.acc, r.n, r.pos, r.out
	window, buf := &r.window, &r.buf
	literals, distances := &r.literals, &r.distances
	for out < limit && pos < r.safe {
		acc |= word(window[pos:]) << (n & 63)
		pos += int(63-n) / 8
		n |= 56

		// Three literals whose codes are in the first table take 33 bits, and a match takes 48.
		e := literals.first[acc&literalMask]
		if e&isLiteral != 0 {
			acc, n = acc>>(e&63), n-uint(e&63)
			buf[out] = byte(e >> 16)
			out++
			if e = literals.first[acc&literalMask]; e&isLiteral != 0 {
				acc, n = acc>>(e&63), n-uint(e&63)
				buf[out] = byte(e >> 16)
				out++
				if e = literals.first[acc&literalMask]; e&isLiteral != 0 {
					acc, n = acc>>(e&63), n-uint(e&63)
					buf[out] = byte(e >> 16)
					out++
					continue
				}
			}
			acc |= word(window[pos:]) << (n & 63)
			pos += int(63-n) / 8
			n |= 56
		}
		if e&isLink != 0 {
			acc, n = acc>>literalBits, n-literalBits
			e = literals.second[e>>16+uint32(acc)&(1<<(e>>8&15)-1)]
		}
		extra := uint32(acc) & (1<<(e&63) - 1) >> (e >> 8 & 15)
		acc, n = acc>>(e&63), n-uint(e&63)
		if e&isMatch == 0 {
			if e&isLiteral != 0 {
				buf[out] = byte(e >> 16)
				out++
				continue
			}
			if r.inBlock = false; e&isEnd == 0 {
				err = ErrCorrupt
			}
			break
		}
		length := int(e>>16 + extra)

		e = distances.first[acc&distanceMask]
		if e&isLink != 0 {
			acc, n = acc>>distanceBits, n-distanceBits
			e = distances.second[e>>16+uint32(acc)&(1<<(e>>8&15)-1)]
		}
		extra = uint32(acc) & (1<<(e&63) - 1) >> (e >> 8 & 15)
		acc, n = acc>>(e&63), n-uint(e&63)
		distance := int(e>>16 + extra)
		if e&isMatch == 0 || distance > out {
			err = ErrCorrupt
			break
		}
		repeat(buf, out, distance, length)
		out += length
	}
	r.acc, r.n, r.pos, r.out = acc, n, pos, out
	return err
}

// repeat copies to buf[out:] the bytes from so many before it on, of which the first are among the copied if the distance is
// short. It may write seven bytes too many.
func repeat(buf *[bufSize]byte, out, distance, length int) {
	from, to := buf[out-distance:], buf[out:out+length+8]
	if distance < 8 { // then the bytes from a multiple of it are the same
		ahead := multiples[distance] - distance
		for i := range ahead {
			to[i] = from[i]
		}
		to, length = to[ahead:], length-ahead
	}
	for i := 0; i < length; i += 8 {
		binary.LittleEndian.PutUint64(to[i:], word(from[i:]))
	}
}

// multiples has the smallest multiple of each number that is at least 8.
var multiples = [8]int{0, 8, 8, 9, 8, 10, 12, 14}
