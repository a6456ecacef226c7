package probe_test

import (
	"encoding/binary"
	"testing"

	"github.com/imgorigin/imgorigin/resize/probe"
)

// The channels of a TIFF are those that it is decoded to, on which the estimate of its memory depends.
func TestTIFFChannels(t *testing.T) {
	const palette, grey, rgb = 3, 1, 2
	for _, test := range []struct{ photometric, samples, want int }{
		{grey, 1, 1}, {palette, 1, 3}, {grey, 2, 4}, {rgb, 3, 3}, {rgb, 4, 4}, {rgb, 5, 4},
	} {
		file := []byte("II*\x00\x08\x00\x00\x00\x05\x00")
		for _, entry := range [][2]int{{256, 9}, {257, 9}, {258, 8}, {262, test.photometric}, {277, test.samples}} {
			file = binary.LittleEndian.AppendUint16(file, uint16(entry[0]))
			file = binary.LittleEndian.AppendUint16(file, 4)
			file = binary.LittleEndian.AppendUint32(file, 1)
			file = binary.LittleEndian.AppendUint32(file, uint32(entry[1]))
		}
		if h, err := probe.TIFF(file); err != nil || h.Channels != test.want {
			t.Errorf("%d samples of kind %d: got %d channels, %v, want %d", test.samples, test.photometric, h.Channels, err, test.want)
		}
	}
}
