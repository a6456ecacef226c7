package resize

import (
	"encoding/binary"
	"image"
)

// An inkProfile tells the colours that four inks make on some paper: the table A2B0 of an ICC profile, of type mft1 or
// mft2 (ICC.1, 10.10 and 10.11), which is what printers' profiles have.
type inkProfile struct {
	before [4][256]float32 // of an ink, to places on the net, 0…grid−1
	grid   int
	net    []float32 // grid⁴ × 3, the last ink changing fastest, 0…1
	after  [3][]float32
	lab    [3][2]float32 // how 0…1 becomes L*, a* and b*: times the first, plus the second
}

// parseInkProfile reads the profile; false for one that is of another kind.
func parseInkProfile(icc []byte) (*inkProfile, bool) {
	if len(icc) < 132 || string(icc[36:40]) != "acsp" || string(icc[16:20]) != "CMYK" || string(icc[20:24]) != "Lab " {
		return nil, false
	}
	tag := iccTag(icc, "A2B0")
	if len(tag) < 52 || tag[8] != 4 || tag[9] != 3 {
		return nil, false
	}
	p := &inkProfile{grid: int(tag[10])}
	entriesIn, entriesOut, width := 256, 256, 1
	at := 48
	switch string(tag[:4]) {
	case "mft1":
		p.lab = [3][2]float32{{100, 0}, {255, -128}, {255, -128}}
	case "mft2":
		const legacy = 65535.0 / 65280 // 0xff00 is 100
		p.lab = [3][2]float32{{100 * legacy, 0}, {255 * legacy, -128}, {255 * legacy, -128}}
		entriesIn, entriesOut = int(binary.BigEndian.Uint16(tag[48:])), int(binary.BigEndian.Uint16(tag[50:]))
		width, at = 2, 52
	default:
		return nil, false
	}
	nodes := p.grid * p.grid * p.grid * p.grid
	if p.grid < 2 || entriesIn < 2 || entriesOut < 2 || len(tag)-at < width*(4*entriesIn+3*nodes+3*entriesOut) {
		return nil, false
	}
	numbers := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			if width == 1 {
				out[i] = float32(tag[at+i]) / 255
			} else {
				out[i] = float32(binary.BigEndian.Uint16(tag[at+2*i:])) / 65535
			}
		}
		at += n * width
		return out
	}
	for i := range p.before {
		curve := numbers(entriesIn)
		for v := range p.before[i] {
			p.before[i][v] = between(curve, float32(v)/255) * float32(p.grid-1)
		}
	}
	p.net = numbers(3 * nodes)
	for i := range p.after {
		p.after[i] = numbers(entriesOut)
	}
	return p, true
}

// between reads a curve of samples at x, 0…1.
func between(curve []float32, x float32) float32 {
	x = min(max(x, 0), 1) * float32(len(curve)-1)
	i := min(int(x), len(curve)-2)
	return curve[i] + (x-float32(i))*(curve[i+1]-curve[i])
}

// convert returns the sRGB of an amount of each ink; 255 is all of it.
func (p *inkProfile) convert(inks [4]uint8) (r, g, b uint8) {
	step := [4]int{3 * p.grid * p.grid * p.grid, 3 * p.grid * p.grid, 3 * p.grid, 3}
	base := 0
	var part [4]float32
	for i, v := range inks {
		x := p.before[i][v]
		n := min(int(x), p.grid-2)
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
			node := p.net[at : at+3 : at+3]
			sum[0], sum[1], sum[2] = sum[0]+weight*node[0], sum[1]+weight*node[1], sum[2]+weight*node[2]
		}
	}
	var lab [3]float32
	for i := range lab {
		lab[i] = between(p.after[i], sum[i])*p.lab[i][0] + p.lab[i][1]
	}
	return labToSRGB(lab)
}

// labToSRGB converts from L*a*b* under D50.
func labToSRGB(lab [3]float32) (r, g, b uint8) {
	y := (lab[0] + 16) / 116
	xyz := [3]float32{0.9642 * fromCubeRoot(y+lab[1]/500), fromCubeRoot(y), 0.8249 * fromCubeRoot(y-lab[2]/200)}
	var out [3]uint8
	for i, row := range srgbFromD50 {
		out[i] = srgb(float32(row[0])*xyz[0] + float32(row[1])*xyz[1] + float32(row[2])*xyz[2])
	}
	return out[0], out[1], out[2]
}

func fromCubeRoot(t float32) float32 {
	if t > 6.0/29 {
		return t * t * t
	}
	return 3 * (6.0 / 29) * (6.0 / 29) * (t - 4.0/29)
}

// nrgba is raster.nrgba for inks that are known.
func (p *inkProfile) nrgba(r *raster) *image.NRGBA {
	if r.space == ycck { // as if they were light
		inks := *r
		inks.space, inks.planes = ycc, r.planes[:3]
		m := inks.nrgba()
		for y := range r.h {
			row := m.Pix[y*m.Stride:][:4*r.w]
			for x, k := range r.planes[3].row(y) {
				q := row[4*x : 4*x+4 : 4*x+4]
				q[0], q[1], q[2] = p.convert([4]uint8{q[0], q[1], q[2], ^k})
			}
		}
		return m
	}
	flip := uint8(0)
	if r.inverted {
		flip = 255
	}
	m := image.NewNRGBA(image.Rect(0, 0, r.w, r.h))
	for y := range r.h {
		c, mg, ye, k := r.planes[0].row(y), r.planes[1].row(y), r.planes[2].row(y), r.planes[3].row(y)
		row := m.Pix[y*m.Stride:][:4*r.w]
		for x := range c {
			q := row[4*x : 4*x+4 : 4*x+4]
			q[0], q[1], q[2] = p.convert([4]uint8{c[x] ^ flip, mg[x] ^ flip, ye[x] ^ flip, k[x] ^ flip})
			q[3] = 255
		}
	}
	return m
}
