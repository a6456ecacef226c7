package jpeg

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// markersOf returns how often a file has each marker.
func markersOf(t *testing.T, src []byte) map[byte]int {
	t.Helper()
	counts := make(map[byte]int)
	s := segments{src: src, at: 2}
	for {
		marker, _, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if counts[marker]++; marker == mEOI {
			return counts
		}
		if marker == mSOS {
			for s.at < len(src)-1 && (src[s.at] != 0xff || src[s.at+1] == 0) {
				s.at++
			}
		}
	}
}

// The scans of a small image share Huffman tables, which would be a large part of the file, and those of a large one have tables
// of their own. image/jpeg decodes both to the same samples.
func TestSharedHuffmanTables(t *testing.T) {
	for _, test := range []struct {
		w, h, atLeast, atMost int // tables
	}{{32, 24, 3, 4}, {1200, 800, 6, 7}} {
		src, err := Encode(pictureOf("wall", test.w, test.h), EncodeOptions{Progressive: true})
		if err != nil {
			t.Fatal(err)
		}
		markers := markersOf(t, src)
		if markers[mSOS] != 7 || markers[mDHT] < test.atLeast || markers[mDHT] > test.atMost {
			t.Errorf("%d × %d: got %d Huffman tables for %d scans, want %d to %d for 7",
				test.w, test.h, markers[mDHT], markers[mSOS], test.atLeast, test.atMost)
		}
		wantStdSamples(t, fmt.Sprintf("%d × %d", test.w, test.h), src)
	}
}

// A shared table has codes for the symbols of all its scans, and is only had where it saves bits.
func TestShareTables(t *testing.T) {
	e := encoder{components: []encoderComponent{{huffman: 0}, {huffman: 1}}}
	var alike, other frequencies
	for symbol := range 12 {
		alike[symbol], other[symbol+100] = 10, 10_000
	}
	scans := []*bandTokens{{frequencies: alike}, {component: 1, frequencies: alike}, {frequencies: alike}, {frequencies: other}}
	e.shareTables(scans)
	twice := alike
	for symbol := range twice {
		twice[symbol] *= 2
	}
	for i, want := range []frequencies{twice, alike, {}, other} {
		if scans[i].frequencies != want {
			t.Errorf("scan %d: got other frequencies", i)
		}
	}
}

// Chroma of a small file in one scan has the Huffman tables of luma, and that of a large one has its own. image/jpeg decodes both
// to the same samples.
func TestSharedWithChroma(t *testing.T) {
	for _, test := range []struct {
		w, h   int
		tables int
		ids    [3]byte // of the tables of each component
	}{{32, 24, 2, [3]byte{0x00, 0x00, 0x00}}, {1200, 800, 4, [3]byte{0x00, 0x11, 0x11}}} {
		src, err := Encode(pictureOf("wall", test.w, test.h), EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		tables := 0
		for dht := src[slices.Index(src, mDHT)+3:]; dht[0] != 0xff; tables++ {
			symbols := 0
			for _, n := range dht[1:17] {
				symbols += int(n)
			}
			dht = dht[17+symbols:]
		}
		sos := src[slices.Index(src, mSOS)+4:]
		if ids := [3]byte{sos[1], sos[3], sos[5]}; tables != test.tables || ids != test.ids {
			t.Errorf("%d × %d: got %d Huffman tables, %x for the components, want %d and %x", test.w, test.h, tables, ids, test.tables, test.ids)
		}
		wantStdSamples(t, fmt.Sprintf("%d × %d", test.w, test.h), src)
	}
}

// Chroma of an icon has the steps of luma, which takes fewer bytes. Its error is no larger than with steps of its own, or hardly, where
// there is only a mean, whose step is coarser.
func TestStepsOfIcons(t *testing.T) {
	own := fast
	own.sharesSteps = false
	for name := range scenes {
		for side, shares := range map[int]bool{16: true, 32: true, 64: true, 96: false} {
			in := halved(wholePicture(name, side, side))
			var sizes [2]int
			var errors [2]int
			for i, tuning := range []tuning{own, fast} {
				src, err := encode(in, EncodeOptions{Quality: 65}, tuning)
				if err != nil {
					t.Fatal(err)
				}
				out, err := Decode(src, DecodeOptions{})
				if err != nil {
					t.Fatal(err)
				}
				sizes[i], errors[i] = len(src), squaresOf(in.Planes[1], out.Planes[1])+squaresOf(in.Planes[2], out.Planes[2])
			}
			if sizes[1] >= sizes[0] == shares || errors[1] > errors[0]+in.Planes[1].W*in.Planes[1].H/2 {
				t.Errorf("%s, %d px: got %d instead of %d bytes, and squares of the errors of %d instead of %d",
					name, side, sizes[1], sizes[0], errors[1], errors[0])
			}
		}
	}
}

// squaresOf returns the sum of the squares of the differences of two planes.
func squaresOf(a, b Plane) (sum int) {
	for y := range a.H {
		for x := range a.W {
			d := int(a.Pix[y*a.Stride+x]) - int(b.Pix[y*b.Stride+x])
			sum += d * d
		}
	}
	return sum
}

// Components share a quantisation table if theirs are equal.
func TestSharedQuantisationTable(t *testing.T) {
	for name, test := range map[string]struct {
		tables func(int) quant.Tables
		most   int // bytes
	}{
		"equal": {quant.Standard, 2 * 65},
		"not": {func(q int) quant.Tables {
			tables := quant.Standard(q)
			tables[2][63]++
			return tables
		}, 3 * 65},
	} {
		in := pictureOf("wall", 32, 24)
		src, err := encode(in, EncodeOptions{Quality: 50}, tuning{tables: test.tables, deadZone: nearest})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(src, mDQT)
		if got := int(src[at+1])<<8 + int(src[at+2]) - 2; src[at-1] != 0xff || got != test.most {
			t.Errorf("%s: got tables of %d bytes, want %d", name, got, test.most)
		}
		wantStdSamples(t, name, src)
	}
}
