package resize

import "math"

// A cicp names colours by code points (ITU-T H.273): of the primaries, and of the transfer function. PNG and HEIF
// have them where others have an ICC profile. The zero value is sRGB, or what passes for it.
type cicp struct{ primaries, transfer uint8 }

// Code points of H.273, tables 2 and 3.
const (
	primaries2020 = 9
	primariesP3   = 12

	transferLinear = 8
	transferPQ     = 16
	transferHLG    = 18
)

// newCICP keeps only what differs from sRGB; the curves of television are shown as it, as browsers do.
func newCICP(primaries, transfer uint8) cicp {
	var c cicp
	if primaries == primaries2020 || primaries == primariesP3 {
		c.primaries = primaries
	}
	if transfer == transferLinear || transfer == transferPQ || transfer == transferHLG {
		c.transfer = transfer
	}
	return c
}

// profile returns what converts to sRGB; nil if there is nothing to convert. Light that is brighter than white, which
// PQ and HLG can say, is pressed into what is left below it.
func (c cicp) profile() *profile {
	if c == (cicp{}) {
		return nil
	}
	p := &profile{matrix: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	switch c.primaries { // to those of BT.709, all under D65
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

// light returns the light of a signal, both 0…1.
func (c cicp) light(signal float64) float64 {
	const white = 203 // cd/m², of HDR by ITU-R BT.2408
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

// shoulder leaves the darker half of what white is as it is, and bends the rest towards 1.
func shoulder(light float64) float64 {
	const knee = 0.5
	if light <= knee {
		return light
	}
	return 1 - (1-knee)*math.Exp(-(light-knee)/(1-knee))
}
