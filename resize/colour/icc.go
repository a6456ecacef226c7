package colour

import "encoding/binary"

// Spaces of device colours that ICC profiles are for (ICC.1, 7.2.6).
const (
	Grey = "GRAY"
	RGB  = "RGB "
	CMYK = "CMYK"
)

// headerBytes is the size of the header of a profile and of the number of its tags.
const headerBytes = 132

// Space returns the space of device colours that an ICC profile is for, "" for bytes that are not a profile.
func Space(icc []byte) string {
	if len(icc) < headerBytes || string(icc[36:40]) != "acsp" {
		return ""
	}
	return string(icc[16:20])
}

// iccTag returns the data of a tag, nil if there is none within the profile.
func iccTag(icc []byte, name string) []byte {
	n := min(int64(binary.BigEndian.Uint32(icc[128:])), 100)
	for i := range n {
		at := headerBytes + 12*i
		if at+12 > int64(len(icc)) {
			return nil
		}
		if string(icc[at:at+4]) != name {
			continue
		}
		from, size := int64(binary.BigEndian.Uint32(icc[at+4:])), int64(binary.BigEndian.Uint32(icc[at+8:]))
		if from+size > int64(len(icc)) {
			return nil
		}
		return icc[from : from+size]
	}
	return nil
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }
