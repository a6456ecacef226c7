package probe

import (
	"encoding/binary"
	"testing"
)

// Of the images that claim to be the alpha of another, only the first few are looked at: each look goes through all
// associations of the file, and a file may have a million of either.
func TestAlphaIsAmongTheFirstReferences(t *testing.T) {
	for _, test := range []struct {
		others int // references before the one to the alpha, to images without properties
		want   uint32
	}{{0, 9}, {mostAuxiliaries - 1, 9}, {mostAuxiliaries, 0}} {
		iref := make([]byte, 4)
		for i := range test.others + 1 {
			from := uint16(5)
			if i == test.others {
				from = 9
			}
			iref = append(iref, "\x00\x00\x00\x0eauxl"...)
			iref = binary.BigEndian.AppendUint16(iref, from)
			iref = append(iref, 0, 1, 0, 1) // one image, the primary
		}
		m := heifMeta{
			boxes:      map[string][]byte{"iref": iref},
			properties: []box{{"auxC", []byte("\x00\x00\x00\x00urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\x00")}},
			ipma:       []byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 5, 0, 0, 9, 1, 1},
		}
		if got, _ := m.alphaOf(1); got != test.want {
			t.Errorf("after %d others: got image %d, want %d", test.others, got, test.want)
		}
	}
}
