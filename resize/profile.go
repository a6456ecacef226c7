package resize

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"
)

// maxProfile bounds an ICC profile that is unpacked.
const maxProfile = 4 << 20

// pngProfile returns the ICC profile of a PNG (PNG, 11.3.2.3); nil if there is none that can be read.
func pngProfile(src []byte) []byte {
	for name, data := range pngChunks(src) {
		switch name {
		case "IDAT":
			return nil
		case "iCCP":
			at := bytes.IndexByte(data, 0)
			if at < 0 || at+2 > len(data) {
				return nil
			}
			z, err := zlib.NewReader(bytes.NewReader(data[at+2:]))
			if err != nil {
				return nil
			}
			icc, err := io.ReadAll(io.LimitReader(z, maxProfile))
			if err != nil {
				return nil
			}
			return icc
		}
	}
	return nil
}

// A profile is an ICC profile of the kind that screens and cameras have: a curve for each channel, then a matrix
// to XYZ under D50 (ICC.1, 8.3.3 and 8.4.2). Grey has one curve and no matrix.
type profile struct {
	curves [3][256]float32 // linear light, 0…1
	matrix [3][3]float32   // from linear channels to linear sRGB
	grey   bool
}

// parseProfile reads a matrix or grey profile; false for any other, which can be carried along but not applied.
func parseProfile(icc []byte) (*profile, bool) {
	if len(icc) < 132 || string(icc[36:40]) != "acsp" || string(icc[20:24]) != "XYZ " {
		return nil, false
	}
	p := new(profile)
	switch string(icc[16:20]) {
	case "GRAY":
		p.grey = true
		return p, readCurve(iccTag(icc, "kTRC"), &p.curves[0])
	case "RGB ":
	default:
		return nil, false
	}
	var toXYZ [3][3]float64
	for i, c := range []string{"r", "g", "b"} {
		column := iccTag(icc, c+"XYZ")
		if len(column) < 20 || string(column[:4]) != "XYZ " || !readCurve(iccTag(icc, c+"TRC"), &p.curves[i]) {
			return nil, false
		}
		for j := range 3 {
			toXYZ[j][i] = fixed(column[8+4*j:])
		}
	}
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				p.matrix[i][j] += float32(srgbFromD50[i][k] * toXYZ[k][j])
			}
		}
	}
	return p, true
}

// srgbFromD50 is the inverse of the sRGB primaries adapted to D50 by Bradford, as in sRGB's own ICC profiles.
var srgbFromD50 = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

func iccTag(icc []byte, name string) []byte {
	n := min(int64(binary.BigEndian.Uint32(icc[128:])), 100)
	for i := range n {
		at := 132 + 12*i
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

// readCurve tabulates a curve of type curv or para (ICC.1, 10.6 and 10.18).
func readCurve(tag []byte, table *[256]float32) bool {
	if len(tag) < 12 {
		return false
	}
	var curve func(x float64) float64
	switch string(tag[:4]) {
	case "curv":
		curve = sampled(tag[12:], int64(binary.BigEndian.Uint32(tag[8:])))
	case "para":
		curve = parametric(tag[12:], binary.BigEndian.Uint16(tag[8:]))
	}
	if curve == nil {
		return false
	}
	for i := range table {
		y := curve(float64(i) / 255)
		if math.IsNaN(y) {
			return false
		}
		table[i] = float32(min(max(y, 0), 1))
	}
	return true
}

func sampled(b []byte, n int64) func(float64) float64 {
	switch {
	case n == 0:
		return func(x float64) float64 { return x }
	case n*2 > int64(len(b)):
		return nil
	case n == 1:
		gamma := float64(binary.BigEndian.Uint16(b)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }
	}
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(b[2*i:])) / 65535 }
	return func(x float64) float64 {
		x *= float64(n - 1)
		i := min(int(x), int(n)-2)
		return at(i) + (x-float64(i))*(at(i+1)-at(i))
	}
}

func parametric(b []byte, kind uint16) func(float64) float64 {
	if kind > 4 {
		return nil
	}
	n := [5]int{1, 3, 4, 5, 7}[kind]
	if len(b) < 4*n {
		return nil
	}
	var v [7]float64 // g a b c d e f
	for i := range n {
		v[i] = fixed(b[4*i:])
	}
	g, a, off, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch kind {
	case 0:
		a, off, c, d = 1, 0, 0, math.Inf(-1)
	case 1:
		d, c = -off/a, 0
	case 2:
		d, e, f, c = -off/a, c, c, 0
	}
	return func(x float64) float64 {
		if x >= d {
			return math.Pow(a*x+off, g) + e
		}
		return c*x + f
	}
}

// encodeSteps is the resolution of linear light before it is made sRGB again: fine enough for the darkest step of
// 8 bits, which is 1/3294.
const encodeSteps = 1 << 14

// srgbLevel is the curve of IEC 61966-2-1, from linear light in encodeSteps.
var srgbLevel = func() *[encodeSteps + 1]uint8 {
	var t [encodeSteps + 1]uint8
	for i := range t {
		x := float64(i) / encodeSteps
		y := 12.92 * x
		if x > 0.0031308 {
			y = 1.055*math.Pow(x, 1/2.4) - 0.055
		}
		t[i] = uint8(math.Round(255 * y))
	}
	return &t
}()

func srgb(linear float32) uint8 {
	return srgbLevel[int(min(max(linear, 0), 1)*encodeSteps+0.5)]
}

// convert returns the sRGB of a colour.
func (p *profile) convert(r, g, b uint8) (uint8, uint8, uint8) {
	if p.grey {
		y := srgb(p.curves[0][r])
		return y, y, y
	}
	lr, lg, lb := p.curves[0][r], p.curves[1][g], p.curves[2][b]
	m := &p.matrix
	return srgb(m[0][0]*lr + m[0][1]*lg + m[0][2]*lb),
		srgb(m[1][0]*lr + m[1][1]*lg + m[1][2]*lb),
		srgb(m[2][0]*lr + m[2][1]*lg + m[2][2]*lb)
}

// isSRGB tells whether converting would change nothing that can be seen: two levels, on a net of colours.
func (p *profile) isSRGB() bool {
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				if p.grey && (g != r || b != r) {
					continue
				}
				cr, cg, cb := p.convert(uint8(r), uint8(g), uint8(b))
				if !near(cr, uint8(r)) || !near(cg, uint8(g)) || !near(cb, uint8(b)) {
					return false
				}
			}
		}
	}
	return true
}

// apply converts the pixels of a picture, four bytes each.
func (p *profile) apply(pix []uint8) {
	for i := 0; i+4 <= len(pix); i += 4 {
		q := pix[i : i+4 : i+4]
		q[0], q[1], q[2] = p.convert(q[0], q[1], q[2])
	}
}
