package probe

import "encoding/binary"

// BMP reads the DIB header: that of OS/2, which has 12 bytes, or one of the longer ones of Windows.
func BMP(src []byte) (Header, error) {
	h := initial()
	if len(src) < 30 {
		return h, ErrShort
	}
	if src[14] == 12 {
		h.Width, h.Height = int(binary.LittleEndian.Uint16(src[18:])), int(binary.LittleEndian.Uint16(src[20:]))
		return h, nil
	}
	width := int64(int32(binary.LittleEndian.Uint32(src[18:])))
	height := int64(int32(binary.LittleEndian.Uint32(src[22:])))
	h.Width = int(max(width, 0))
	h.Height = int(min(max(height, -height), 1<<31-1)) // a negative height means that the rows go from the top down
	return h, nil
}
