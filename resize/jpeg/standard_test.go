package jpeg

import (
	"bytes"
	stdjpeg "image/jpeg"
	"reflect"
	"testing"
)

// A file without Huffman tables has those of annex K of the standard, which image/jpeg writes.
func TestStandardHuffmanTables(t *testing.T) {
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, photo(90, 70), nil); err != nil {
		t.Fatal(err)
	}
	s, without := segments{src: b.Bytes(), at: 2}, b.Bytes()[:2:2]
	for tables := 0; ; {
		begin := s.at
		marker, _, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		if marker == mSOS {
			without = append(without, b.Bytes()[begin:]...)
			if tables == 0 {
				t.Fatal("image/jpeg writes no Huffman tables")
			}
			break
		}
		if marker == mDHT {
			tables++
			continue
		}
		without = append(without, b.Bytes()[begin:s.at]...)
	}
	for _, scale := range scales {
		want, err := Decode(b.Bytes(), DecodeOptions{Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(without, DecodeOptions{Scale: scale})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("scale %d: got another image, %v", scale, err)
		}
	}
}
