package jpeg

import (
	"math/rand/v2"
	"testing"
)

// The look-up tables of an acHuffman hold what decoding symbol by symbol gives.
func TestLookupTables(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		var f frequencies
		for range 1 + random.IntN(162) {
			f[random.IntN(256)] = 1 + random.Int32N(1<<random.IntN(20))
		}
		f[symbolEOB] = int32(i % 3 * 1000)
		counts, symbols, _ := f.code()
		h, err := newHuffman(counts[:], symbols)
		if err != nil {
			t.Fatal(err)
		}
		ac := newACHuffman(h)
		ac.needSkips()
		for bits, got := range ac.values {
			if want := ac.valueEntry(uint64(bits) << (64 - valueBits)); got != want {
				t.Fatalf("table %d, values of %012b: got %#x, want %#x", i, bits, got, want)
			}
		}
		for bits, got := range ac.skips {
			if want := ac.skipEntry(uint64(bits) << (64 - skipBits)); got != want {
				t.Fatalf("table %d, skips of %013b: got %#x, want %#x", i, bits, got, want)
			}
		}
	}
}

// valueEntry returns what values must have for the top bits of acc.
func (t *acHuffman) valueEntry(acc uint64) uint32 {
	symbol, n := t.lookup(acc)
	run, size := uint32(symbol>>4), uint(symbol&15)
	switch {
	case n == 0 || n+size > valueBits:
		return 0
	case symbol == symbolEOB:
		return valueEOB<<8 | uint32(n)
	case size == 0 && symbol != symbolZRL:
		return 0
	}
	return uint32(extend(acc<<n, size))<<16 | run<<8 | uint32(n+size)
}

// skipEntry returns what skips must have for the top bits of acc.
func (t *acHuffman) skipEntry(acc uint64) uint16 {
	bits, skipped := uint(0), 0
	for {
		symbol, n := t.lookup(acc << bits)
		skips, size := int(symbol>>4)+1, uint(symbol&15)
		switch {
		case n != 0 && bits+n <= skipBits && symbol == symbolEOB && skipped < 63:
			return uint16(skipped+skipEOB)<<8 | uint16(bits+n)
		case n != 0 && bits+n+size <= skipBits && skipped+skips <= 63 && (size != 0 || symbol == symbolZRL):
			bits += n + size
			skipped += skips
		case bits == 0:
			return skipNone << 8
		default:
			return uint16(skipped)<<8 | uint16(bits)
		}
	}
}
