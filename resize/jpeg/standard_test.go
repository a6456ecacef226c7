package jpeg

import (
	"bytes"
	stdjpeg "image/jpeg"
	"reflect"
	"testing"
)

// withStandardTables returns a file of image/jpeg, which has the Huffman tables of annex K of the standard.
func withStandardTables() []byte {
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, photo(90, 70), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// withoutHuffmanTables returns a file without its DHT segments.
func withoutHuffmanTables(src []byte) []byte {
	s, without := segments{src: src, at: 2}, src[:2:2]
	for {
		begin := s.at
		switch marker, _, err := s.next(); {
		case err != nil:
			panic(err)
		case marker == mSOS:
			return append(without, src[begin:]...)
		case marker != mDHT:
			without = append(without, src[begin:s.at]...)
		}
	}
}

// A file without Huffman tables has the standard ones.
func TestStandardHuffmanTables(t *testing.T) {
	src := withStandardTables()
	without := withoutHuffmanTables(src)
	if len(without) > len(src)-400 {
		t.Fatalf("%d of %d bytes are left without tables", len(without), len(src))
	}
	for _, scale := range scales {
		want, err := Decode(src, DecodeOptions{Scale: scale})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(without, DecodeOptions{Scale: scale})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("scale %d: got another image, %v", scale, err)
		}
	}
}
