package jpeg

import "slices"

// frequencies counts how often each symbol of a Huffman table occurs. The last element is for code.
type frequencies [257]int32

// code returns the best Huffman table with codes of at most 16 bits (T.81, K.2), as a DHT segment has it: the number of
// codes of each length, and the symbols from the shortest code to the longest. It returns false if no symbol occurs.
func (f frequencies) code() (counts [16]uint8, symbols []byte, used bool) {
	sizes, used := f.codeSizes()
	var bySize [258]int
	for _, n := range sizes {
		bySize[n]++
	}
	limitSizes(&bySize)
	for n := 1; n <= 16; n++ {
		counts[n-1] = uint8(bySize[n])
	}
	for n := 1; n <= slices.Max(sizes[:]); n++ { // figure K.4: in the order of the sizes before limitSizes
		for symbol := range 256 {
			if sizes[symbol] == n {
				symbols = append(symbols, byte(symbol))
			}
		}
	}
	return counts, symbols, used
}

// bits returns how many bits the best Huffman table and the codes of all symbols by it take.
func (f *frequencies) bits() int {
	counts, symbols, used := f.code()
	if !used {
		return 0
	}
	sum, first := 8*(1+len(counts)+len(symbols)), 0
	for n, count := range counts {
		for _, symbol := range symbols[first:][:count] {
			sum += (n + 1) * int(f[symbol])
		}
		first += int(count)
	}
	return sum
}

// takeOver adds other frequencies, and leaves none there, if a table for both takes no more bits than one for each, which another
// number of bytes precedes in the file. It reports whether it did.
func (f *frequencies) takeOver(other *frequencies, header int) bool {
	both := *f
	for symbol, n := range other {
		both[symbol] += n
	}
	if both.bits() > f.bits()+other.bits()+8*header {
		return false
	}
	*f, *other = both, frequencies{}
	return true
}

// codeSizes returns the length of each symbol's code in a Huffman code without a limit (T.81, figure K.1), which is 0
// for a symbol that does not occur. A symbol 256 is added, of the lowest frequency, so that no other gets a code that
// is all ones, which is reserved.
func (f frequencies) codeSizes() (sizes [257]int, used bool) {
	f[256] = 1
	var others [257]int             // OTHERS of figure K.1: the next symbol in the same tree, or -1
	roots := make([]int, 0, len(f)) // symbols that stand for a tree, in their order
	for i, n := range f {
		others[i] = -1
		if n > 0 {
			roots = append(roots, i)
		}
	}
	used = len(roots) > 1
	for len(roots) > 1 {
		least, next := 0, -1 // the two trees of the lowest frequencies; of equal ones, the last
		for i := 1; i < len(roots); i++ {
			switch n := f[roots[i]]; {
			case n <= f[roots[least]]:
				least, next = i, least
			case next < 0 || n <= f[roots[next]]:
				next = i
			}
		}
		into, from := roots[least], roots[next]
		roots = slices.Delete(roots, next, next+1)
		f[into] += f[from]
		for sizes[into]++; others[into] >= 0; sizes[into]++ {
			into = others[into]
		}
		others[into] = from
		for sizes[from]++; others[from] >= 0; sizes[from]++ {
			from = others[from]
		}
	}
	return sizes, used
}

// limitSizes changes the number of codes of each length so that none is longer than 16 bits, and removes the code of
// symbol 256, which is one of the longest (T.81, figure K.3).
func limitSizes(bySize *[258]int) {
	for n := len(bySize) - 1; n > 16; n-- {
		for bySize[n] > 0 {
			shorter := n - 2
			for bySize[shorter] == 0 {
				shorter--
			}
			bySize[n] -= 2
			bySize[n-1]++
			bySize[shorter+1] += 2
			bySize[shorter]--
		}
	}
	n := 16
	for n > 0 && bySize[n] == 0 {
		n--
	}
	bySize[n]--
}

// A codeword is the Huffman code of a symbol: the lowest n bits of bits.
type codeword struct {
	bits uint16
	n    uint8
}

// codewords returns the code of each symbol in a Huffman table (T.81, annex C).
func codewords(counts [16]uint8, symbols []byte) (codes [256]codeword) {
	code, i := uint16(0), 0
	for n := range counts {
		for range counts[n] {
			codes[symbols[i]] = codeword{code, uint8(n + 1)}
			code++
			i++
		}
		code <<= 1
	}
	return codes
}
