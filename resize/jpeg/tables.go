package jpeg

import (
	"encoding/binary"

	"github.com/imgorigin/imgorigin/resize/jpeg/quant"
)

// zigzag is [quant.Zigzag].
var zigzag = quant.Zigzag

// lastWanted returns the highest zigzag index of the scale × scale lowest frequencies, which are all that an IDCT to
// scale × scale samples takes.
func lastWanted(scale int) int {
	last := 0
	for k, place := range zigzag {
		if int(place)%8 < scale && int(place)/8 < scale {
			last = k
		}
	}
	return last
}

// huffmanTables reads the parameters of a DHT segment (T.81, B.2.4.2).
func (d *decoder) huffmanTables(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return corrupt("a short Huffman table")
		}
		class, id, total := b[0]>>4, b[0]&15, 0
		for _, n := range b[1:17] {
			total += int(n)
		}
		if class > 1 || id > 3 || total > 256 || len(b) < 17+total {
			return corrupt("Huffman table %#x of %d symbols", b[0], total)
		}
		t, err := newHuffman(b[1:17], b[17:17+total])
		if err != nil {
			return err
		}
		if class == 0 {
			d.dc[id] = t
		} else {
			d.ac[id] = newACHuffman(t)
		}
		b = b[17+total:]
	}
	return nil
}

// quantTables reads the parameters of a DQT segment (T.81, B.2.4.1).
func (d *decoder) quantTables(b []byte) error {
	for len(b) > 0 {
		size, id := 1+int(b[0]>>4), b[0]&15 // bytes of an element
		if size > 2 || id > 3 || len(b) < 1+64*size {
			return corrupt("quantisation table %#x", b[0])
		}
		table := new([64]int32)
		for k := range table {
			if size == 1 {
				table[k] = int32(b[1+k])
			} else {
				table[k] = int32(binary.BigEndian.Uint16(b[1+2*k:]))
			}
		}
		d.quantTable[id] = table
		b = b[1+64*size:]
	}
	return nil
}
