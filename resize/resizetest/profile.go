package resizetest

import "encoding/binary"

// The primaries of sRGB, as XYZ relative to D50.
var (
	Red   = [3]float64{0.4360, 0.2225, 0.0139}
	Green = [3]float64{0.3851, 0.7169, 0.0971}
	Blue  = [3]float64{0.1431, 0.0606, 0.7139}
)

// Profile returns an ICC profile with three primaries and a gamma of 2.2.
func Profile(primaries ...[3]float64) []byte {
	const curveAt = 132 + 12*6
	p := make([]byte, 128)
	p[8] = 2 // version
	copy(p[12:], "mntrRGB XYZ ")
	copy(p[36:], "acsp")
	p = binary.BigEndian.AppendUint32(p, 6)
	for i, name := range []string{"rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"} {
		at, size := curveAt+16+20*i, 20
		if i >= 3 {
			at, size = curveAt, 14
		}
		p = binary.BigEndian.AppendUint32(append(p, name...), uint32(at))
		p = binary.BigEndian.AppendUint32(p, uint32(size))
	}
	p = append(p, "curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33\x00\x00"...)
	for _, primary := range primaries {
		p = append(p, "XYZ \x00\x00\x00\x00"...)
		for _, v := range primary {
			p = binary.BigEndian.AppendUint32(p, uint32(int32(v*65536)))
		}
	}
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}
