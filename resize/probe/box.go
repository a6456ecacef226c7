package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// nextBox returns the first box of b, an ISO base media file or a part of one, and what follows it. The error is
// ErrShort if the box goes on beyond b.
func nextBox(b []byte) (name string, data, rest []byte, err error) {
	if len(b) < 8 {
		return "", nil, nil, ErrShort
	}
	size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
	switch size {
	case 0: // it goes on to the end of the file
		size = uint64(len(b))
	case 1:
		if len(b) < 16 {
			return "", nil, nil, ErrShort
		}
		size, head = binary.BigEndian.Uint64(b[8:]), 16
	}
	switch {
	case size < head:
		return "", nil, nil, fmt.Errorf("%w: a box of less than its own header", ErrCorrupt)
	case size > uint64(len(b)):
		return "", nil, nil, ErrShort
	}
	return string(b[4:8]), b[head:size], b[size:], nil
}

// A box is a part of an ISO base media file.
type box struct {
	name string
	data []byte
}

// innerBoxes returns the boxes within a box that is whole.
func innerBoxes(b []byte) ([]box, error) {
	var all []box
	for len(b) > 0 {
		name, data, rest, err := nextBox(b)
		if errors.Is(err, ErrShort) {
			return nil, fmt.Errorf("%w: a part that is longer than the whole", ErrCorrupt)
		}
		if err != nil {
			return nil, err
		}
		all, b = append(all, box{name, data}), rest
	}
	return all, nil
}

// boxesByName returns the data of the boxes within a box that is whole, of each name the first.
func boxesByName(b []byte) (map[string][]byte, error) {
	all, err := innerBoxes(b)
	if err != nil {
		return nil, err
	}
	byName := make(map[string][]byte)
	for _, box := range all {
		if _, ok := byName[box.name]; !ok {
			byName[box.name] = box.data
		}
	}
	return byName, nil
}
