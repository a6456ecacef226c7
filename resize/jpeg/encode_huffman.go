package jpeg

// frequencies counts how often each symbol occurs.
type frequencies [257]int32

// code returns the best code of at most 16 bits (T.81, annex K.2): how many codes of each length there are, and
// the symbols from the shortest on.
func (f frequencies) code() (lengths [16]uint8, symbols []byte, used bool) {
	f[256] = 1 // keeps a code of ones alone from being given, which would look like fill
	var others [257]int
	var size [257]int
	for i := range others {
		others[i] = -1
	}
	for {
		least, next := -1, -1
		for i, n := range f {
			switch {
			case n == 0:
			case least < 0 || n <= f[least]:
				least, next = i, least
			case next < 0 || n <= f[next]:
				next = i
			}
		}
		if next < 0 {
			break
		}
		used = true
		f[least] += f[next]
		f[next] = 0
		for size[least]++; others[least] >= 0; size[least]++ {
			least = others[least]
		}
		others[least] = next
		for size[next]++; others[next] >= 0; size[next]++ {
			next = others[next]
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
	for n := 1; n < len(counts); n++ {
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
