package inflate

import "math/bits"

// An entry of a table is what the next bits stand for. 0 is a code that does not occur.
//
//	bits 0–5    bits that it takes, with extra bits
//	bits 8–11   bits of the code alone; of isLink, further bits that the second table is indexed by
//	bits 12–15  what it is
//	bits 16–31  the literal, the shortest length or distance, or where the second table begins
type entry = uint32

const (
	isEnd     entry = 1 << 12 // of the block
	isLink    entry = 1 << 13 // the code is longer than the index: look it up in a second table
	isLiteral entry = 1 << 14
	isMatch   entry = 1 << 15 // a length or a distance
)

const (
	maxCode      = 15 // bits of a code
	literalBits  = 11 // bits that the tables are indexed by
	distanceBits = 8
	lengthBits   = 7 // of the code of the lengths of codes: all of them

	maxLiterals  = 286 // codes of literals and lengths; the fixed codes are two more, which do not occur
	maxDistances = 30
)

// litTable and distTable are tables of codes, first by index, followed by second ones.
type (
	litTable struct {
		first  [1 << literalBits]entry
		second []entry
	}
	distTable struct {
		first  [1 << distanceBits]entry
		second []entry
	}
)

// fill fills a table with the codes of some lengths, in bits, of symbols that stand for what is in meanings. It returns the
// second tables, in the memory of second, or false if the lengths make no code: as in zlib, one must be complete, or
// have no symbol at all, or a single one of a bit.
func fill(first, second []entry, lengths []uint8, meanings []entry) ([]entry, bool) {
	clear(first)
	second = second[:0]
	var next [maxCode + 2]uint32 // code of a length, first the number of codes
	for _, length := range lengths {
		next[length+1]++
	}
	longest, code := 0, uint32(0)
	for length := 1; length <= maxCode; length++ {
		count := next[length+1]
		next[length] = code
		if count > 0 {
			longest = length
		}
		code += count
		if code > 1<<length {
			return second, false
		}
		code <<= 1
	}
	if longest > 0 && code != 1<<(maxCode+1) && !(longest == 1 && code == 1<<maxCode) {
		return second, false
	}
	index := bits.Len(uint(len(first))) - 1
	for symbol, length := range lengths {
		if length == 0 {
			continue
		}
		l := int(length)
		reversed := bits.Reverse32(next[l]) >> (32 - l)
		next[l]++
		if l <= index {
			spread(first, reversed, l, meanings[symbol])
			continue
		}
		link := &first[reversed&(1<<index-1)]
		further := longest - index
		if *link == 0 {
			*link = entry(len(second))<<16 | isLink | entry(further)<<8 | entry(index)
			second = append(second, make([]entry, 1<<further)...)
		}
		spread(second[*link>>16:][:1<<further], reversed>>index, l-index, meanings[symbol])
	}
	return second, true
}

// spread sets the entries of a code of some bits, which end in the code.
func spread(table []entry, code uint32, length int, meaning entry) {
	e := meaning + entry(length)<<8 + entry(length)
	for i := code; i < uint32(len(table)); i += 1 << length {
		table[i] = e
	}
}

// What the symbols stand for, with the number of their extra bits (RFC 1951, 3.2.5), and their fixed codes (3.2.6).
var (
	literalMeanings, distanceMeanings = meaningsOfSymbols()
	fixedLiterals, fixedDistances     = fixedLengths()
)

func meaningsOfSymbols() (literals [maxLiterals + 2]entry, distances [maxDistances + 2]entry) {
	for i := range entry(256) {
		literals[i] = i<<16 | isLiteral
	}
	literals[256] = isEnd
	base := entry(3)
	for i := range entry(28) {
		extra := max(i/4, 1) - 1
		literals[257+i] = base<<16 | isMatch | extra
		base += 1 << extra
	}
	literals[285] = longest<<16 | isMatch
	base = 1
	for i := range entry(maxDistances) {
		extra := max(i/2, 1) - 1
		distances[i] = base<<16 | isMatch | extra
		base += 1 << extra
	}
	return literals, distances
}

func fixedLengths() (literals [maxLiterals + 2]uint8, distances [maxDistances + 2]uint8) {
	for i := range literals {
		switch {
		case i < 144:
			literals[i] = 8
		case i < 256:
			literals[i] = 9
		case i < 280:
			literals[i] = 7
		default:
			literals[i] = 8
		}
	}
	for i := range distances {
		distances[i] = 5
	}
	return literals, distances
}

// setTables makes the tables of a block.
func (r *Reader) setTables(literals, distances []uint8) error {
	var ok1, ok2 bool
	r.literals.second, ok1 = fill(r.literals.first[:], r.literals.second, literals, literalMeanings[:])
	r.distances.second, ok2 = fill(r.distances.first[:], r.distances.second, distances, distanceMeanings[:])
	if !ok1 || !ok2 {
		return ErrCorrupt
	}
	return nil
}

// lengthOrder is the order in which the lengths of the codes of lengths are stored (RFC 1951, 3.2.7).
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the codes of a block.
func (r *Reader) readTables() error {
	literals, distances, codes := int(r.take(5))+257, int(r.take(5))+1, int(r.take(4))+4
	if literals > maxLiterals || distances > maxDistances {
		return ErrCorrupt
	}
	var coded [len(lengthOrder)]uint8
	for _, symbol := range lengthOrder[:codes] {
		coded[symbol] = uint8(r.take(3))
	}
	var table [1 << lengthBits]entry
	if _, ok := fill(table[:], nil, coded[:], literalMeanings[:]); !ok {
		return ErrCorrupt
	}
	var lengths [maxLiterals + maxDistances]uint8
	for i := 0; i < literals+distances; {
		r.refill()
		e := table[r.acc&(1<<lengthBits-1)]
		if e == 0 {
			return ErrCorrupt
		}
		r.skip(uint(e & 63))
		symbol := uint8(e >> 16)
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		var value uint8
		if symbol == 16 && i > 0 {
			value = lengths[i-1]
		}
		count := r.repetition(symbol)
		if symbol == 16 && i == 0 || i+count > literals+distances {
			return ErrCorrupt
		}
		for range count {
			lengths[i] = value
			i++
		}
	}
	return r.setTables(lengths[:literals], lengths[literals:literals+distances])
}

// repetition returns how often a symbol of 16 to 18 repeats a length: the one before, or 0.
func (r *Reader) repetition(symbol uint8) int {
	switch symbol {
	case 16:
		return 3 + int(r.take(2))
	case 17:
		return 3 + int(r.take(3))
	}
	return 11 + int(r.take(7))
}
