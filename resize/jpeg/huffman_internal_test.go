package jpeg

import (
	"math/rand/v2"
	"testing"
)

// Tables of codes hold what one gets symbol by symbol.
func TestCodeTables(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		var f frequencies
		for range 1 + random.IntN(162) {
			f[random.IntN(256)] = 1 + random.Int32N(1<<random.IntN(20))
		}
		f[endOfBlock] = int32(i % 3 * 1000)
		lengths, symbols, _ := f.code()
		h, err := newCode(lengths[:], symbols)
		if err != nil {
			t.Fatal(err)
		}
		ac := newACCode(h)
		ac.needSkips()
		for at, got := range ac.values {
			if want := ac.valueOf(uint64(at) << (64 - lookBits)); got != want {
				t.Fatalf("code %d, value of %012b: got %#x, want %#x", i, at, got, want)
			}
		}
		for at, got := range ac.skips {
			if want := ac.skipOf(uint64(at) << (64 - skipBits)); got != want {
				t.Fatalf("code %d, skip of %013b: got %#x, want %#x", i, at, got, want)
			}
		}
	}
}

func (t *acCode) valueOf(acc uint64) uint32 {
	symbol, n := t.look(acc)
	run, size := uint32(symbol>>4), uint(symbol&15)
	switch {
	case n == 0 || n+size > lookBits:
		return 0
	case symbol == endOfBlock:
		return valueEnd<<8 | uint32(n)
	case size == 0 && symbol != zeroRun:
		return 0
	}
	return uint32(extend(acc<<n, size))<<16 | run<<8 | uint32(n+size)
}

func (t *acCode) skipOf(acc uint64) uint16 {
	bits, passed := uint(0), 0
	for {
		symbol, n := t.look(acc << bits)
		passes, size := int(symbol>>4)+1, uint(symbol&15)
		switch {
		case n != 0 && bits+n <= skipBits && symbol == endOfBlock && passed < 63:
			return uint16(passed+skipEnd)<<8 | uint16(bits+n)
		case n != 0 && bits+n+size <= skipBits && passed+passes <= 63 && (size != 0 || symbol == zeroRun):
			bits += n + size
			passed += passes
		case bits == 0:
			return skipNone << 8
		default:
			return uint16(passed)<<8 | uint16(bits)
		}
	}
}
