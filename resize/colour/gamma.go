package colour

import "math"

// A Chromaticity is a point of the CIE 1931 diagram.
type Chromaticity struct{ X, Y float64 }

// Primaries are the chromaticities of the three colours of a screen, and of its white.
type Primaries struct{ White, Red, Green, Blue Chromaticity }

// gammaTolerance is by how much a gamma may differ from that of sRGB and still mean it, as libpng has it.
const gammaTolerance = 0.05

// FromGamma returns the profile of an image of which only a gamma is known, the power of light that its signal is, and
// primaries, nil for those of sRGB. This is what PNG files name in the chunks gAMA and cHRM. A gamma of about 1/2.2 means the
// curve of sRGB, of which it is an approximation. The profile is nil if there is nothing to convert, or if the primaries
// are those of no screen.
func FromGamma(gamma float64, primaries *Primaries, grey bool) *Profile {
	p := &Profile{grey: grey, matrix: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}
	if primaries != nil && !grey {
		matrix, ok := primaries.toSRGB()
		if !ok {
			return nil
		}
		for i := range matrix {
			for j := range matrix[i] {
				p.matrix[i][j] = float32(matrix[i][j])
			}
		}
	}
	for i := range p.curves[0] {
		signal := float64(i) / 255
		light := CodePoints{}.light(signal)
		if math.Abs(gamma*2.2-1) > gammaTolerance {
			light = math.Pow(signal, 1/gamma)
		}
		p.curves[0][i] = float32(light)
	}
	p.curves[1], p.curves[2] = p.curves[0], p.curves[0]
	if p.IsSRGB() {
		return nil
	}
	return p
}

// bradford converts XYZ to the responses of cones, in which colours are adapted to another white.
var bradford = matrix{{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}

// toSRGB returns the matrix from linear light of the primaries to that of sRGB, with their white as its white. It reports
// false if the primaries, or the white, lie on a line.
func (p *Primaries) toSRGB() (m matrix, ok bool) {
	red, green, blue, white := p.Red.xyz(), p.Green.xyz(), p.Blue.xyz(), p.White.xyz()
	toXYZ := matrix{red, green, blue}.transposed()
	for j, amount := range toXYZ.inverse().apply(white) {
		for i := range toXYZ {
			toXYZ[i][j] *= amount // so that all three together are white
		}
	}
	d50 := bradford.apply([3]float64{0.9642, 1, 0.8249})
	var scale matrix
	for i, cone := range bradford.apply(white) {
		scale[i][i] = d50[i] / cone
	}
	m = srgbFromD50.times(bradford.inverse()).times(scale).times(bradford).times(toXYZ)
	return m, m.isWithin(mostFactor)
}

// mostFactor is beyond the factors of any screen. Those of primaries near a line may be of any size.
const mostFactor = 100

// xyz returns XYZ of luminance 1.
func (c Chromaticity) xyz() [3]float64 { return [3]float64{c.X / c.Y, 1, (1 - c.X - c.Y) / c.Y} }
