package jpeg

import "slices"

// frequencies counts how often each symbol occurs.
type frequencies [257]int32

// code returns the best code of at most 16 bits (T.81, annex K.2): how many codes of each length there are, and
// the symbols from the shortest on.
func (f frequencies) code() (lengths [16]uint8, symbols []byte, used bool) {
	f[256] = 1 // keeps a code of ones alone from being given, which would look like fill
	var others [257]int
	var size [257]int
	rest := make([]int, 0, len(f)) // those that are left, in their order
	for i, n := range f {
		others[i] = -1
		if n > 0 {
			rest = append(rest, i)
		}
	}
	used = len(rest) > 1
	for len(rest) > 1 {
		least, next := 0, -1
		for i := 1; i < len(rest); i++ {
			switch n := f[rest[i]]; {
			case n <= f[rest[least]]:
				least, next = i, least
			case next < 0 || n <= f[rest[next]]:
				next = i
			}
		}
		into, gone := rest[least], rest[next]
		rest = slices.Delete(rest, next, next+1)
		f[into] += f[gone]
		for size[into]++; others[into] >= 0; size[into]++ {
			into = others[into]
		}
		others[into] = gone
		for size[gone]++; others[gone] >= 0; size[gone]++ {
			gone = others[gone]
		}
	}
	var counts [258]int
	for _, n := range size {
		counts[n]++
	}
	shorten(&counts)
	for n := 1; n <= 16; n++ {
		lengths[n-1] = uint8(counts[n])
	}
	for n := 1; n <= slices.Max(size[:]); n++ {
		for symbol := range 256 {
			if size[symbol] == n {
				symbols = append(symbols, byte(symbol))
			}
		}
	}
	return lengths, symbols, used
}

// shorten brings codes to at most 16 bits, and takes the one of the symbol that does not exist away
// (T.81, figure K.3).
func shorten(counts *[258]int) {
	for n := len(counts) - 1; n > 16; n-- {
		for counts[n] > 0 {
			shorter := n - 2
			for counts[shorter] == 0 {
				shorter--
			}
			counts[n] -= 2
			counts[n-1]++
			counts[shorter+1] += 2
			counts[shorter]--
		}
	}
	n := 16
	for n > 0 && counts[n] == 0 {
		n--
	}
	counts[n]--
}

// codesOf numbers the codes of a table.
func codesOf(lengths [16]uint8, symbols []byte) (codes [256]codeword) {
	code, i := uint16(0), 0
	for n := range lengths {
		for range lengths[n] {
			codes[symbols[i]] = codeword{code, uint8(n + 1)}
			code++
			i++
		}
		code <<= 1
	}
	return codes
}
