package probe

import "encoding/binary"

// exifOrientation returns the orientation in a TIFF structure, 1 if it has none within 1…8. It reads the first
// directory only, and follows no pointer beyond it.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := int(order.Uint16(tiff[at:]))
	at += 2
	for range entries {
		if at+12 > int64(len(tiff)) {
			return 1
		}
		const orientation, short = 0x0112, 3
		if order.Uint16(tiff[at:]) == orientation && order.Uint16(tiff[at+2:]) == short {
			if v := int(order.Uint16(tiff[at+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		at += 12
	}
	return 1
}
