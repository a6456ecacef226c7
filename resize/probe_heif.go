package resize

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// heif reads what an ISO base media file says of its primary picture: HEIC and AVIF (ISO/IEC 23008-12, 6 and 9, and
// ISO/IEC 14496-12, 8.11). Turning and cropping are properties of the picture there, which its decoders apply; so
// the size is the one that is seen, and the orientation is 1 whatever EXIF says.
func (h *Header) heif(src []byte) error {
	h.Channels = 3
	for rest := src; ; {
		name, data, next, err := nextBox(rest)
		if err != nil {
			return err
		}
		if name == "meta" {
			return h.heifMeta(data)
		}
		if rest = next; len(rest) == 0 {
			return errShort
		}
	}
}

// nextBox takes the first box off b; the error is errShort when it goes on beyond it.
func nextBox(b []byte) (name string, data, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, errShort
	}
	size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
	switch size {
	case 0: // to the end
		size = uint64(len(b))
	case 1:
		if len(b) < 16 {
			return "", nil, nil, errShort
		}
		size, head = binary.BigEndian.Uint64(b[8:]), 16
	}
	switch {
	case size < head:
		return "", nil, nil, fmt.Errorf("%w: a box of less than its own header", ErrCorrupt)
	case size > uint64(len(b)):
		return "", nil, nil, errShort
	}
	return string(b[4:8]), b[head:size], b[size:], nil
}

// boxes returns the boxes inside one that is at hand whole, the first of each name.
func boxes(b []byte) (map[string][]byte, error) {
	all := make(map[string][]byte)
	for len(b) > 0 {
		name, data, rest, err := nextBox(b)
		if err != nil {
			return nil, inside(err)
		}
		if _, known := all[name]; !known {
			all[name] = data
		}
		b = rest
	}
	return all, nil
}

// inside says that what is short is so because it lies, as all around it is at hand.
func inside(err error) error {
	if errors.Is(err, errShort) {
		return fmt.Errorf("%w: a part that is longer than the whole", ErrCorrupt)
	}
	return err
}

// A heifProperty is a box of ipco.
type heifProperty struct {
	name string
	data []byte
}

func (h *Header) heifMeta(meta []byte) error {
	if len(meta) < 4 {
		return fmt.Errorf("%w: short meta box", ErrCorrupt)
	}
	all, err := boxes(meta[4:])
	if err != nil {
		return err
	}
	primary, err := heifPrimary(all["pitm"])
	if err != nil {
		return err
	}
	parts, err := boxes(all["iprp"])
	if err != nil {
		return err
	}
	var properties []heifProperty
	for rest := parts["ipco"]; len(rest) > 0; {
		name, data, next, err := nextBox(rest)
		if err != nil {
			return inside(err)
		}
		properties, rest = append(properties, heifProperty{name, data}), next
	}
	indexes, err := heifAssociated(parts["ipma"], primary)
	if err != nil {
		return err
	}
	var largest int64 // of the pictures in the file, which are parts of it or go with it
	for _, p := range properties {
		switch {
		case p.name == "ispe" && len(p.data) >= 12:
			largest = max(largest, product(beSide(p.data[4:]), beSide(p.data[8:])))
		case p.name == "auxC" && isAlpha(string(p.data)):
			h.Channels = 4
		}
	}
	for _, i := range indexes {
		if i < 1 || i > len(properties) {
			continue // 0 is none
		}
		if err := h.heifProperty(properties[i-1]); err != nil {
			return err
		}
	}
	if seen := product(h.Width, h.Height); seen > 0 && largest/4 > max(seen, 1<<20) {
		// What is decoded must be within the limits too.
		return fmt.Errorf("%w: a small part of a picture", ErrUnsupported)
	}
	return nil
}

// isAlpha tells whether an auxiliary picture is alpha, by the names that MPEG gives it.
func isAlpha(kind string) bool {
	return strings.Contains(kind, "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha") || strings.Contains(kind, "urn:mpeg:hevc:2015:auxid:1\x00")
}

// heifProperty applies one property to what is known so far: they come in the order in which they act.
func (h *Header) heifProperty(p heifProperty) error {
	d := p.data
	switch {
	case p.name == "ispe" && len(d) >= 12:
		h.Width, h.Height = beSide(d[4:]), beSide(d[8:])
	case p.name == "pixi" && len(d) >= 6:
		if d[5] > 8 {
			h.Depth = 16
		}
	case p.name == "colr" && len(d) >= 8 && string(d[:4]) == "nclx":
		h.cicp = newCICP(d[5], d[7]) // of 16 bits each
	case p.name == "irot" && len(d) >= 1:
		if d[0]&1 == 1 {
			h.Width, h.Height = h.Height, h.Width
		}
	case p.name == "clap" && len(d) >= 32:
		w, okW := cleanSide(d, h.Width)
		ht, okH := cleanSide(d[8:], h.Height)
		if !okW || !okH {
			return fmt.Errorf("%w: a clean aperture beyond the picture", ErrCorrupt)
		}
		h.Width, h.Height = w, ht
	}
	return nil
}

// cleanSide reads a side of a clean aperture, a fraction, of a picture whose side is whole.
func cleanSide(b []byte, whole int) (int, bool) {
	n, d := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if d == 0 {
		return 0, false
	}
	side := math.Round(float64(n) / float64(d))
	return int(min(side, math.MaxInt32)), side >= 1 && side <= float64(whole)
}

func heifPrimary(pitm []byte) (uint32, error) {
	switch {
	case len(pitm) >= 6 && pitm[0] == 0:
		return uint32(binary.BigEndian.Uint16(pitm[4:])), nil
	case len(pitm) >= 8 && pitm[0] != 0:
		return binary.BigEndian.Uint32(pitm[4:]), nil
	}
	return 0, fmt.Errorf("%w: no primary picture", ErrUnsupported)
}

// heifAssociated reads which properties an item has, as indexes from 1 into ipco.
func heifAssociated(ipma []byte, item uint32) ([]int, error) {
	short := fmt.Errorf("%w: short ipma box", ErrCorrupt)
	if len(ipma) < 8 {
		return nil, short
	}
	idBytes, indexBytes := 2, 1
	if ipma[0] > 0 {
		idBytes = 4
	}
	if ipma[3]&1 == 1 {
		indexBytes = 2
	}
	for b := ipma[8:]; len(b) > 0; {
		if len(b) <= idBytes {
			return nil, short
		}
		id, n := beInt(b[:idBytes]), int(b[idBytes])
		b = b[idBytes+1:]
		if len(b) < n*indexBytes {
			return nil, short
		}
		if id == item {
			indexes := make([]int, n)
			for i := range indexes {
				essential := uint32(1) << (8*indexBytes - 1)
				indexes[i] = int(beInt(b[i*indexBytes:][:indexBytes]) &^ essential)
			}
			return indexes, nil
		}
		b = b[n*indexBytes:]
	}
	return nil, fmt.Errorf("%w: a primary picture without properties", ErrCorrupt)
}

func beInt(b []byte) (n uint32) {
	for _, v := range b {
		n = n<<8 | uint32(v)
	}
	return n
}
