package colour

import "math"

// CodePoints name the colours of an image by the code points of ITU-T H.273 (CICP): those of its primaries and of its
// transfer function. PNG and HEIF files can have them in place of an ICC profile. The zero value is sRGB, or what is
// displayed as sRGB. Values are comparable.
type CodePoints struct{ primaries, transfer uint8 }

// These are the code points of H.273, tables 2 and 3, that differ from sRGB to the eye.
const (
	primaries2020 = 9
	primariesP3   = 12

	transferLinear = 8
	transferPQ     = 16
	transferHLG    = 18
)

// NewCodePoints returns code points, with those that are displayed as sRGB replaced by zeros: like browsers, it takes
// the transfer functions of television for the one of sRGB.
func NewCodePoints(primaries, transfer uint8) CodePoints {
	var c CodePoints
	if primaries == primaries2020 || primaries == primariesP3 {
		c.primaries = primaries
	}
	if transfer == transferLinear || transfer == transferPQ || transfer == transferHLG {
		c.transfer = transfer
	}
	return c
}

// Profile returns a profile that converts to sRGB, nil if there is nothing to convert. Light that is brighter than
// white, which the PQ and HLG curves can express, is compressed into the upper half of the range, see shoulder.
func (c CodePoints) Profile() *Profile {
	if c == (CodePoints{}) {
		return nil
	}
	p := &Profile{matrix: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	switch c.primaries { // conversion to the primaries of BT.709, all under D65
	case primaries2020:
		p.matrix = [3][3]float32{{1.6605, -0.5876, -0.0728}, {-0.1246, 1.1329, -0.0083}, {-0.0182, -0.1006, 1.1187}}
	case primariesP3:
		p.matrix = [3][3]float32{{1.2249, -0.2247, 0}, {-0.0420, 1.0419, 0}, {-0.0197, -0.0786, 1.0979}}
	}
	for i := range p.curves[0] {
		light := float32(c.light(float64(i) / 255))
		p.curves[0][i], p.curves[1][i], p.curves[2][i] = light, light, light
	}
	return p
}

// light returns the linear light of a signal, both 0…1.
func (c CodePoints) light(signal float64) float64 {
	const white = 203 // cd/m² of white in HDR, by ITU-R BT.2408
	switch c.transfer {
	case transferLinear:
		return signal
	case transferPQ: // SMPTE ST 2084
		const m1, m2, c1, c2, c3 = 2610.0 / 16384, 2523.0 / 32, 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
		e := math.Pow(signal, 1/m2)
		return shoulder(math.Pow(max(e-c1, 0)/(c2-c3*e), 1/m1) * 10_000 / white)
	case transferHLG: // ITU-R BT.2100, on a screen of 1,000 cd/m²
		const a, b, c = 0.17883277, 0.28466892, 0.55991073
		scene := signal * signal / 3
		if signal > 0.5 {
			scene = (math.Exp((signal-c)/a) + b) / 12
		}
		return shoulder(math.Pow(scene, 1.2) * 1000 / white)
	}
	if signal <= 0.04045 {
		return signal / 12.92
	}
	return math.Pow((signal+0.055)/1.055, 2.4)
}

// shoulder returns light up to half of white as it is, and compresses all brighter light into the rest, towards 1.
func shoulder(light float64) float64 {
	const knee = 0.5
	if light <= knee {
		return light
	}
	return 1 - (1-knee)*math.Exp(-(light-knee)/(1-knee))
}
