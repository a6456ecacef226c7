package probe

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/imgorigin/imgorigin/resize/bmp"
)

const (
	icoHeaderBytes = 6
	icoEntryBytes  = 16
	pngSignature   = "\x89PNG\r\n\x1a\n"
)

// ICO reads the header of the largest image in an icon or a cursor, which is a PNG or a bitmap.
func ICO(src []byte) (Header, error) {
	at, _, err := icoEntry(src)
	if err != nil {
		return initial(), err
	}
	if at >= int64(len(src)) {
		return initial(), ErrShort
	}
	entry := src[at:]
	var h Header
	if bytes.HasPrefix(entry, []byte(pngSignature)) {
		h, err = PNG(entry)
		h.Channels, h.Frames, h.Animates, h.Counted = 4, 1, false, false // icons do not move
	} else {
		h = initial()
		h.Width, h.Height, err = bmp.IconConfig(entry)
		err = bitmapError(err)
	}
	return h, err
}

// ICOImage returns the largest image in an icon or a cursor, of the length that the directory claims, and all of the file from there on.
// It reports whether the image is a PNG rather than a bitmap. Both are nil if the file ends before it.
func ICOImage(src []byte) (entry, rest []byte, isPNG bool) {
	at, size, err := icoEntry(src)
	if err != nil || at > int64(len(src)) {
		return nil, nil, false
	}
	rest = src[at:]
	return rest[:min(size, int64(len(rest)))], rest, bytes.HasPrefix(rest, []byte(pngSignature))
}

// icoEntry returns the place and the length of the largest image by the directory; of several, of the one with the most
// bits. A side of 0 stands for 256 pixels or more.
func icoEntry(src []byte) (at, size int64, err error) {
	if len(src) < icoHeaderBytes {
		return 0, 0, ErrShort
	}
	isCursor := src[2] == 2
	n := int(binary.LittleEndian.Uint16(src[4:]))
	if n == 0 {
		return 0, 0, fmt.Errorf("%w: an icon without images", ErrCorrupt)
	}
	if len(src) < icoHeaderBytes+n*icoEntryBytes {
		return 0, 0, ErrShort
	}
	best := -1
	for i := range n {
		e := src[icoHeaderBytes+i*icoEntryBytes:][:icoEntryBytes]
		rank := ((int(e[0])+255)%256 + 1) * ((int(e[1])+255)%256 + 1) * 64
		if !isCursor { // which have the place of the pointer there
			rank += min(int(binary.LittleEndian.Uint16(e[6:])), 63)
		}
		if rank > best {
			best = rank
			size, at = int64(binary.LittleEndian.Uint32(e[8:])), int64(binary.LittleEndian.Uint32(e[12:]))
		}
	}
	return at, size, nil
}
