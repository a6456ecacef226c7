package colour

import "encoding/binary"

// Inks convert amounts of four inks to sRGB, by the colours that an ICC profile promises for a printing process and a
// paper. They are the table A2B0 of the profile, of type mft1 or mft2 (ICC.1, 10.10 and 10.11), as profiles of printers
// have it.
type Inks struct {
	before [4][256]float32 // from an amount of each ink to a place in the grid, 0…side−1
	side   int             // nodes of the grid along each ink
	grid   []float32       // side⁴ × 3 numbers of 0…1; the last ink changes fastest
	after  [3][]float32    // curves from the grid to L*, a* and b*, 0…1

	// scale converts 0…1 to L*, a* and b*: the first number is a factor, the second is added.
	scale [3][2]float32
}

// ParseInks reads a profile of four inks. It reports false for a profile of another kind.
func ParseInks(icc []byte) (*Inks, bool) {
	if Space(icc) != CMYK || string(icc[20:24]) != "Lab " {
		return nil, false
	}
	tag := iccTag(icc, "A2B0")
	if len(tag) < 52 || tag[8] != 4 || tag[9] != 3 {
		return nil, false
	}
	p := &Inks{side: int(tag[10])}
	var r tableReader
	var entriesBefore, entriesAfter int
	switch string(tag[:4]) {
	case "mft1":
		p.scale = [3][2]float32{{100, 0}, {255, -128}, {255, -128}}
		entriesBefore, entriesAfter = 256, 256
		r = tableReader{data: tag[48:], width: 1}
	case "mft2":
		const legacy = 65535.0 / 65280 // 0xff00 is 100
		p.scale = [3][2]float32{{100 * legacy, 0}, {255 * legacy, -128}, {255 * legacy, -128}}
		entriesBefore, entriesAfter = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:]))
		r = tableReader{data: tag[52:], width: 2}
	default:
		return nil, false
	}
	nodes := p.side * p.side * p.side * p.side
	enough := r.has(4*entriesBefore + 3*nodes + 3*entriesAfter)
	if !enough || p.side < 2 || entriesBefore < 2 || entriesAfter < 2 {
		return nil, false
	}
	p.read(&r, entriesBefore, nodes, entriesAfter)
	return p, true
}

// read reads the curves and the grid, which are in r.
func (p *Inks) read(r *tableReader, entriesBefore, nodes, entriesAfter int) {
	for i := range p.before {
		curve := r.numbers(entriesBefore)
		for v := range p.before[i] {
			p.before[i][v] = interpolate(curve, float32(v)/255) * float32(p.side-1)
		}
	}
	p.grid = r.numbers(3 * nodes)
	for i := range p.after {
		p.after[i] = r.numbers(entriesAfter)
	}
}

// A tableReader reads numbers of 0…1 from a table of an ICC profile.
type tableReader struct {
	data  []byte
	width int // bytes of a number: 1 or 2
}

// has reports whether there are n more numbers.
func (r *tableReader) has(n int) bool { return len(r.data) >= n*r.width }

// numbers returns the next n numbers.
func (r *tableReader) numbers(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		if r.width == 1 {
			out[i] = float32(r.data[i]) / 255
		} else {
			out[i] = float32(binary.BigEndian.Uint16(r.data[2*i:])) / 65535
		}
	}
	r.data = r.data[n*r.width:]
	return out
}

// interpolate returns the value at x, 0…1, of a curve that is given by samples.
func interpolate(curve []float32, x float32) float32 {
	x = min(max(x, 0), 1) * float32(len(curve)-1)
	i := min(int(x), len(curve)-2)
	return curve[i] + (x-float32(i))*(curve[i+1]-curve[i])
}

// Convert returns the sRGB of an amount of each ink, cyan, magenta, yellow and black; 255 is all of it. It interpolates
// between the 16 nearest nodes of the grid.
func (p *Inks) Convert(inks [4]uint8) (r, g, b uint8) {
	step := [4]int{3 * p.side * p.side * p.side, 3 * p.side * p.side, 3 * p.side, 3}
	base := 0
	var part [4]float32
	for i, v := range inks {
		x := p.before[i][v]
		n := min(int(x), p.side-2)
		base += n * step[i]
		part[i] = x - float32(n)
	}
	var sum [3]float32
	for corner := range 16 {
		weight, at := float32(1), base
		for i := range 4 {
			if corner>>i&1 == 1 {
				weight *= part[i]
				at += step[i]
			} else {
				weight *= 1 - part[i]
			}
		}
		if weight != 0 {
			node := p.grid[at : at+3 : at+3]
			sum[0], sum[1], sum[2] = sum[0]+weight*node[0], sum[1]+weight*node[1], sum[2]+weight*node[2]
		}
	}
	var lab [3]float32
	for i := range lab {
		lab[i] = interpolate(p.after[i], sum[i])*p.scale[i][0] + p.scale[i][1]
	}
	return labToSRGB(lab)
}

// labToSRGB converts L*a*b* under D50 to sRGB.
func labToSRGB(lab [3]float32) (r, g, b uint8) {
	y := (lab[0] + 16) / 116
	xyz := [3]float32{0.9642 * fromCubeRoot(y+lab[1]/500), fromCubeRoot(y), 0.8249 * fromCubeRoot(y-lab[2]/200)}
	var out [3]uint8
	for i, row := range srgbFromD50 {
		out[i] = srgb(float32(row[0])*xyz[0] + float32(row[1])*xyz[1] + float32(row[2])*xyz[2])
	}
	return out[0], out[1], out[2]
}

// fromCubeRoot is the inverse of the function f of L*a*b*: a cube root, with a straight part near black.
func fromCubeRoot(t float32) float32 {
	if t > 6.0/29 {
		return t * t * t
	}
	return 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0/29)
}
