package colour

import "math"

// A Profile converts colours to sRGB. It is an ICC profile of the kind that screens and cameras have: a curve for each
// channel, then a matrix to XYZ under D50 (ICC.1, 8.3.3 and 8.4.2). A profile of grey has one curve and no matrix.
type Profile struct {
	curves [3][256]float32 // linear light, 0…1
	matrix [3][3]float32   // from linear channels to linear sRGB
	grey   bool
}

// ParseProfile reads a profile of a matrix or of grey. It reports false for any other profile.
func ParseProfile(icc []byte) (*Profile, bool) {
	if Space(icc) == "" || string(icc[20:24]) != "XYZ " {
		return nil, false
	}
	p := new(Profile)
	switch Space(icc) {
	case Grey:
		p.grey = true
		return p, readCurve(iccTag(icc, "kTRC"), &p.curves[0])
	case RGB:
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
var srgbFromD50 = matrix{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// encodeSteps is the resolution of linear light before it is encoded as sRGB. It is fine enough for the darkest step of
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

// srgb encodes linear light of 0…1.
func srgb(linear float32) uint8 {
	return srgbLevel[int(min(max(linear, 0), 1)*encodeSteps+0.5)]
}

// IsGrey reports whether p is a profile of grey.
func (p *Profile) IsGrey() bool { return p.grey }

// Convert returns the sRGB of a colour. A profile of grey looks at r alone.
func (p *Profile) Convert(r, g, b uint8) (uint8, uint8, uint8) {
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

// IsSRGB reports whether converting changes nothing that can be seen: it compares a grid of colours, and allows two
// levels.
func (p *Profile) IsSRGB() bool {
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				if p.grey && (g != r || b != r) {
					continue
				}
				cr, cg, cb := p.Convert(uint8(r), uint8(g), uint8(b))
				if !near(cr, uint8(r)) || !near(cg, uint8(g)) || !near(cb, uint8(b)) {
					return false
				}
			}
		}
	}
	return true
}

// Apply converts pixels of four bytes each: red, green, blue and a fourth that it leaves as it is.
func (p *Profile) Apply(pix []uint8) {
	for i := 0; i+4 <= len(pix); i += 4 {
		q := pix[i : i+4 : i+4]
		q[0], q[1], q[2] = p.Convert(q[0], q[1], q[2])
	}
}
